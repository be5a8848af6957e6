// The figures of an evidence pack, each an SVG file of its own, drawn from the pack's numbers.
//
//   N-coincidences.svg   units of each layer at their own index against chance, and the wealth
//   N-bits.svg           elements with equal bits, tensor by tensor, against chance
//   N-layers.svg         which layer of the suspect holds which layer of the reference
//   N-merge.svg          shares of the references in a merge
//   N-contrast.svg       the suspect's contrast among those of the controls
//   N-power.svg          how large an effect the output test would have found
//
// N counts the comparisons of the verdict. A figure that would be empty is left out. Nothing is
// told by colour alone: shapes differ, and numbers stand beside them. Pure: equal numbers give
// equal bytes.

import Base
import Comparison
import Ledger

public enum PackFigures {
  /// - Parameters:
  ///   - verdict: the answer of a pack.
  ///   - weights: the counts of a pack, if weights were compared.
  ///   - power: the power curves of a pack, if outputs were tested.
  public static func of(
    _ verdict: SuspectReport, _ weights: PackWeights?, _ power: PackPower?
  ) -> [ReportDocument] {
    var figures: [ReportDocument] = []
    for (index, comparison) in verdict.comparisons.enumerated() {
      let names = FigureNames(suspect: verdict.suspect.id, reference: comparison.reference.id)
      let lineage = comparison.weightLineage
      let outputs = comparison.outputDescent
      let record = weights.flatMap { $0.records.indices.contains(index) ? $0.records[index] : nil }
      let points = power.flatMap {
        $0.comparisons.indices.contains(index) ? $0.comparisons[index] : nil
      }
      let drawn: [(String, SVG?)] = [
        (
          "coincidences",
          CoincidenceFigure.figure(record?.curves ?? [], level: weights?.level ?? 0, names)
        ),
        ("bits", BitFigure.figure(lineage, record?.bits ?? [], names)),
        ("layers", LayerMapFigure.figure(lineage, names)),
        ("merge", MergeFigure.figure(lineage, names)),
        ("contrast", PanelFigure.figure(outputs, names)),
        ("power", PowerFigure.figure(outputs, points, names)),
      ]
      for (name, figure) in drawn {
        guard let figure else { continue }
        figures.append(ReportDocument(name: "\(index)-\(name).svg", bytes: figure.document))
      }
    }
    return figures
  }
}

/// The two models of a figure.
struct FigureNames {
  let suspect: String
  let reference: String
}
