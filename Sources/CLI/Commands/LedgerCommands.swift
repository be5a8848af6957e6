// The log: the commands of this area.

let ledgerCommands: [Command] = []
