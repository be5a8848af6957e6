// What a pack says about itself: schema, arithmetic, and the constants of the rules by which its
// verdict was given. They were fixed before any suspect was seen; a pack made under others is
// another pack, and verification says so.

import Base

/// The head of a pack (pack.json).
struct PackRules: Equatable, Sendable {
  static let arithmetic = "exact"
  static let program = "assay \(assayVersion)"

  let schema: String
  /// Program and version that made it.
  let program: String
  /// The lines that the comparison was asked for; nil in a pack that does not say so.
  let asked: [CompareRequest.Line]?
  let arithmetic: String
  /// As they are written: a pack is held to them as a whole.
  let constants: JSON

  /// Those of this program.
  /// - Parameter asked: the lines that the comparison was asked for.
  init(asked: [CompareRequest.Line]) {
    self.init(
      schema: EvidencePack.schema, program: Self.program, asked: asked,
      arithmetic: Self.arithmetic, constants: Self.constants)
  }

  init(
    schema: String, program: String, asked: [CompareRequest.Line]?, arithmetic: String,
    constants: JSON
  ) {
    self.schema = schema
    self.program = program
    self.asked = asked
    self.arithmetic = arithmetic
    self.constants = constants
  }

  /// Why the rules of this program do not speak of the pack; nil if they do.
  var departure: String? {
    guard ByteName(schema) == ByteName(EvidencePack.schema) else {
      return "pack.json has another schema"
    }
    guard constants == Self.constants, ByteName(arithmetic) == ByteName(Self.arithmetic) else {
      return "the pack was made under other constants than this program has"
    }
    return nil
  }

  /// Whether this version of the program made the pack.
  var isOurProgram: Bool { ByteName(program) == ByteName(Self.program) }
}
