// serve: routes, queue, schedule, watching, notifications, dashboard, shutdown.
