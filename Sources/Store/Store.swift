// One small, total face on SQLite.
