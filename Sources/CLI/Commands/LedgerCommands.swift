// The log and signatures of models: the commands of this area.

let ledgerCommands: [Command] = [
  initCommand, signCommand, verifyCommand, ledgerInitCommand, ledgerAppendCommand,
  ledgerCheckpointCommand, ledgerProveInclusionCommand, ledgerProveConsistencyCommand,
  ledgerExportCommand, ledgerVerifyCommand, ledgerWitnessCommand,
]
