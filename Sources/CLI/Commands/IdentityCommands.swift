// What is it: the commands of this area.

let identityCommands: [Command] = [fingerprintCommand, inspectCommand]
