// May we use it here: the commands of this area.

let permissionCommands: [Command] = policyCommands + licenceCommands
