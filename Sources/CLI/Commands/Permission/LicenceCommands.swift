// The commands on licences: what a text is, what an expression says, what a model owes.

import Base
import Licensing

let licenceCommands: [Command] = [
  licenceIdentifyCommand, licenceParseCommand, licenceCheckCommand, licenceLearnCommand,
]
