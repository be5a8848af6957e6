// Scheduled and fleet work: the commands of this area.

let daemonCommands: [Command] = [
  serveCommand, serveTokenAddCommand, serveNextCommand, auditCommand, mergeCommand,
]
