// Where does it come from: the commands of this area.

let evidenceCommands: [Command] = [
  compareCommand, lineageVerifyCommand, trialVerifyCommand, trialScoreCommand, trialTestCommand,
]
