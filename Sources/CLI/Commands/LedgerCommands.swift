// The log: the commands of this area.

let ledgerCommands: [Command] = [
  initCommand, ledgerInitCommand, ledgerAppendCommand, ledgerCheckpointCommand,
  ledgerProveInclusionCommand, ledgerProveConsistencyCommand, ledgerExportCommand,
  ledgerVerifyCommand,
]
