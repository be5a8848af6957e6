// The whole mission: the demonstration, the gate, lineage, conclusions, reports.

let missionCommands: [Command] = [
  demoCommand, checkCommand, decisionsCommand, decideCommand, calendarCommand,
  lineageDeclareCommand, lineageShowCommand, lineageRetractCommand, concludeCommand, waiveCommand,
  waiveWithdrawCommand, noticeCommand, panelAddCommand, panelListCommand, panelVerifyCommand,
  reportCommand, verifyReportCommand, doctorCommand,
]
