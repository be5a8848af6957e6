import Base
import CLI
import Glibc

exit(Assay.run(CommandLine.arguments).rawValue)
