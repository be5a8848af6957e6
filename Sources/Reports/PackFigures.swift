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
import Ledger

public enum PackFigures {
  /// - Parameters:
  ///   - verdict: verdict.json of a pack.
  ///   - weights: weights.json of a pack, if weights were compared.
  ///   - power: power.json of a pack, if outputs were tested.
  public static func of(_ verdict: JSON, _ weights: JSON?, _ power: JSON?) -> [ReportDocument] {
    let suspect = verdict["suspect"]?["id"]?.string ?? "the suspect"
    var figures: [ReportDocument] = []
    for (index, comparison) in (verdict["comparisons"]?.array ?? []).enumerated() {
      let reference = comparison["reference"]?["id"]?.string ?? "the reference"
      let names = FigureNames(suspect: suspect, reference: reference)
      let lineage = comparison["weight_lineage"] ?? .null
      let outputs = comparison["output_descent"] ?? .null
      let drawn: [(String, SVG?)] = [
        (
          "coincidences",
          CoincidenceFigure.figure(
            weights?["comparisons"]?[index], level: weights?["level_log10_e"]?.double ?? 0, names)
        ),
        ("bits", BitFigure.figure(lineage, weights?["comparisons"]?[index], names)),
        ("layers", LayerMapFigure.figure(lineage, names)),
        ("merge", MergeFigure.figure(lineage, names)),
        ("contrast", PanelFigure.figure(outputs, names)),
        ("power", PowerFigure.figure(outputs, power?["comparisons"]?[index], names)),
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
