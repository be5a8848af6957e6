// What is asked of a model about one document of the probes: its tokens, and the positions whose
// distributions are looked at.
//
// Each document is tokenized by the model's own tokenizer, with the token that begins a text in
// front. A tokenizer that changes the text (normalisation) has no byte offsets to align on: the
// model is then refused for this test, by name.

import Base
import Evidence
import Formats
import Inference

/// The tokens of one document, and where in them the eligible offsets are.
struct DocumentPlan: Sendable {
  private(set) var identifiers: [Int32] = []
  /// Token position → row among those of this document.
  private(set) var rows: [Int: Int] = [:]
  private(set) var positions: [OutcomePosition] = []
  /// Row of the first position among those of all documents.
  private(set) var firstRow = 0
  private(set) var scoredBytes = 0

  /// One plan for each document. `limit`: tokens that a sequence of the model may have.
  static func plans(
    _ probes: ProbeSet, _ tokenizer: Tokenizer, limit: Int, id: String
  ) throws(Problem) -> [DocumentPlan] {
    var plans: [DocumentPlan] = []
    var rowCount = 0
    for document in probes.documents.indices {
      var plan = DocumentPlan()
      try plan.fill(probes, document, tokenizer, limit: limit, id: id)
      plan.firstRow = rowCount
      rowCount += plan.positions.count
      plans.append(plan)
    }
    return plans
  }

  private mutating func fill(
    _ probes: ProbeSet, _ document: Int, _ tokenizer: Tokenizer, limit: Int, id: String
  ) throws(Problem) {
    let text = probes.documents[document]
    let tokens = tokenizer.encode(text, addSpecial: false, specialAsText: true)
    if let begin = tokenizer.beginOfText ?? tokenizer.endOfText { identifiers.append(begin) }
    let eligible = Set(probes.offsets[document])
    var written: [UInt8] = []
    var shift = 0
    for token in tokens {
      guard identifiers.count < limit else { break }
      // The position before this token predicts what follows `written`.
      let offset = written.count - shift
      if !identifiers.isEmpty, offset >= 0, eligible.contains(offset) {
        rows[identifiers.count - 1] = positions.count
        positions.append(OutcomePosition(document: document, byte: offset))
      }
      identifiers.append(token)
      written += tokenizer.tokenBytes(token) ?? []
      // A SentencePiece tokenizer puts a space in front of the text.
      if written.first == 0x20, text.first != 0x20, shift == 0 { shift = 1 }
    }
    scoredBytes = max(0, written.count - shift)
    guard text.starts(with: written.dropFirst(shift)) else {
      throw Problem(
        .malformed, "tokenizer_changes_text", place: id,
        reason: "its tokenizer changes document \(document) of the probes, so that tokens have no "
          + "place in the text",
        remedy: "use probes that the tokenizer keeps as they are, such as plain ASCII text")
    }
  }
}

extension ProbeSet {
  /// The tokens of each document as a model is asked about them.
  public func identifiers(tokenizerOf model: String, run: Run) throws(Problem) -> [[Int32]] {
    let tokenizer = try Tokenizer.load(OpenModel.open(model, run: run), run: run)
    return try DocumentPlan.plans(self, tokenizer, limit: .max, id: model).map(\.identifiers)
  }
}
