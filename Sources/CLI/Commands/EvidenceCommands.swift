// Where does it come from: the commands of this area.

let evidenceCommands: [Command] = [
  compareCommand, probesCommand, lineageVerifyCommand, trialVerifyCommand, trialScoreCommand,
  trialTestCommand,
]
