// The whole mission: the gate, lineage, conclusions, reports, the demonstration.

let missionCommands: [Command] = [
  checkCommand, lineageDeclareCommand, lineageShowCommand, concludeCommand, waiveCommand,
  noticeCommand, doctorCommand,
]
