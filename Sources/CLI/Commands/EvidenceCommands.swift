// Where does it come from: the commands of this area.

let evidenceCommands: [Command] = [
  compareCommand, trialVerifyCommand, trialScoreCommand, trialTestCommand,
]
