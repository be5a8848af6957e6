// The publisher's side of a randomised trial; what tests suspects is among the evidence commands.

let trialCommands: [Command] = [
  trialCreateCommand, trialCommitCommand, trialServeCommand, trialRevealCommand,
]
