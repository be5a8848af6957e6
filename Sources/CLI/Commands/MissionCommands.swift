// The whole mission: the demonstration, the gate, lineage, conclusions, reports.

let missionCommands: [Command] = [
  demoCommand, checkCommand, lineageDeclareCommand, lineageShowCommand, concludeCommand,
  waiveCommand, noticeCommand, panelAddCommand, panelListCommand, panelVerifyCommand,
  reportCommand, verifyReportCommand, doctorCommand,
]
