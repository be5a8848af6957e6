// The gate of rung 5 on tokenizers, before anything is scored.

import Base
import Evidence

/// Whether enough controls have a suspect's tokenizer, by the digests of tokenizers; nil where a
/// model's cannot be read, which refuses nothing.
struct TokenizerGate {
  let references: [(id: String, tokenizer: Digest?)]
  /// Each model once.
  let panel: [(model: Digest, tokenizer: Digest?)]

  /// For each reference why nothing can be decided about the suspect; nil if something can.
  func answers(suspect: Digest, tokenizer: Digest?) -> [OutputDescentAnswer]? {
    guard let tokenizer else { return nil }
    let others = panel.filter { $0.model != suspect }
    guard !others.contains(where: { $0.tokenizer == nil }) else { return nil }
    let sharing = others.filter { $0.tokenizer == tokenizer }.count
    var answers: [OutputDescentAnswer] = []
    for reference in references {
      guard let own = reference.tokenizer else { return nil }
      let wanted = own == tokenizer ? OutputGates.sameTokenizerMin : 1
      guard sharing < wanted else { return nil }
      answers.append(
        .undecidable(
          because: "too few controls have the suspect's tokenizer: \(sharing), and at least "
            + "\(wanted) \(wanted == 1 ? "is" : "are") needed",
          wouldDecide: [
            DecidingStep(
              option: "--panel LIST",
              why: "controls with the suspect's tokenizer that share nothing with "
                + "\(reference.id)")
          ]))
    }
    return answers
  }
}
