// The inference core: the commands of this area.

let inferenceCommands: [Command] = [
  scoreCommand, generateCommand, tokenizeCommand, inspectDequantizeCommand,
]
