// The whole mission: the commands of this area.

let missionCommands: [Command] = []
