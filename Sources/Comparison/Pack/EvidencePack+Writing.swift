// A pack put together: documents, statements, figures, and words for whoever opens it.

import Base

extension EvidencePack {
  /// The pack of one comparison, with its statements.
  init(_ contents: PackContents, statements: [File], drawing: PackDrawing) {
    let documents = contents.documents
    let weights = contents.record.weights.first.map { PackWeights(records: $0) }
    let report = contents.report
    let figures = drawing(report, weights, PackPower(of: report)).map {
      File(Name.figures + $0.name, $0.bytes)
    }
    self.init(
      files: documents + statements + figures
        + [File(Name.readme, Array(Self.readme.utf8))])
  }

  /// What lies beside the numbers for people.
  static let readme = """
    An evidence pack of Assay: one suspect compared with its references.

    What it claims stands in verdict.json, a sentence for each line of evidence. What it rests on
    stands in the other files. No weights are here, and nothing here needs a network.

      manifest.json     every other file with SHA-256 and size; nothing else may be in this folder
      pack.json         schema, what was asked, the constants of the rules, what was left out
      verdict.json      the answer: verdicts, probabilities, gates, sentences
      models.json       digests of suspect, references and controls; training texts as declared
      probes.jsonl      the texts on which outputs were compared
      outputs.json      sums over each document for each contrast and model; what the gates ask
      weights.json      coincidences of blocks, blinding keys, e-values and their product,
                        and equal bits of tensors
      power.json        what the output test could have seen, with fewer and more controls
      statements/       the claim as in-toto statements; signed (DSSE) if there was a state
      bodies/           what statements say that have no room for it, named there by digest
      receipts/ keys/   proofs of inclusion in the ledger; public keys, to compare with yours
      figures/          drawn from verdict.json, weights.json and power.json

    To check that every file is as it was, and that the verdict follows from the numbers:

      assay verify --pack DIR

    With keys that you have from elsewhere, and with the models at hand, by whatever path:

      assay verify --pack DIR --key signer.pem --vkey VKEY
      assay verify --pack DIR --rescore --suspect PATH --reference PATH --panel LIST

    Tests/Interop/pack.py of the source does the arithmetic again without Assay, in Python alone.

    What no pack can show: that a model is what somebody says it is. Digests name it; ask for the
    files. How a relation was named and a recovered re-parameterisation need the weights.

    """
}
