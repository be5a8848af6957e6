// The edges that a report holds, as a picture: ancestors on the left, an arrow for each edge,
// dashed where it is only suspected or was taken back.

import Audit
import Base
import Ledger

enum LineageGraph {
  private static let rowHeight = 44
  private static let nodeWidth = 190

  /// Layers by the longest way from a root; a circle is cut where it closes.
  static func figure(_ recorded: [AuditReport.Edge]) -> HTML {
    let edges = strongest(recorded)
    guard !edges.isEmpty else { return "<p>No edge is recorded.</p>" }
    let layers = layering(edges)
    var slots: [Int: Int] = [:]
    var places: [String: (x: Int, y: Int)] = [:]
    for (node, layer) in layers.sorted(by: { (ByteName($0.key)) < ByteName($1.key) }) {
      let slot = slots[layer, default: 0]
      slots[layer] = slot + 1
      places[node] = (20 + layer * (nodeWidth + 150), 20 + slot * rowHeight)
    }
    let height = 30 + (slots.values.max() ?? 1) * rowHeight
    let width = 40 + nodeWidth + ((layers.values.max() ?? 0)) * (nodeWidth + 150)
    let lines = edges.compactMap { edge -> HTML? in
      guard let from = places[edge.ancestor], let to = places[edge.child] else { return nil }
      let start = (x: from.x + nodeWidth, y: from.y + 14)
      // The bend lies near the ancestor, so that the label beside the child stands free.
      let bend = start.x + (to.x - start.x) / 4
      let line = edge.grade == takenBack ? "suspected" : edge.grade
      return """
        <path class="edge \(line)" marker-end="url(#tip)" d="M\(start.x) \(start.y) \
        C\(bend) \(start.y) \(bend) \(to.y + 14) \(to.x - 4) \(to.y + 14)"/>
        <text class="label" text-anchor="end" x="\(to.x - 10)" y="\(to.y + 8)">\
        \(edge.relation), \(edge.grade)</text>
        """
    }
    let nodes = places.sorted { ByteName($0.key) < ByteName($1.key) }.map { node, place -> HTML in
      """
      <rect class="node" x="\(place.x)" y="\(place.y)" width="\(nodeWidth)" height="28" rx="6"/>
      <text x="\(place.x + 8)" y="\(place.y + 19)">\(String(node.prefix(24)))</text>
      """
    }
    return """
      <svg viewBox="0 0 \(width) \(height)" width="\(width)" role="img" \
      aria-label="lineage of the models">
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
      orient="auto"><path class="edge" d="M0 0 L8 4 L0 8"/></marker></defs>
      \(lines)\(nodes)</svg>
      """
  }

  /// Takes the place of a grade.
  private static let takenBack = "taken back"

  private struct Edge: Hashable {
    let ancestor: String
    let child: String
    let relation: String
    let grade: String
  }

  /// One edge for each pair and relation: the best graded.
  private static func strongest(_ recorded: [AuditReport.Edge]) -> [Edge] {
    let order = [takenBack, "suspected", "declared", "signed"]
    var best: [String: Edge] = [:]
    for item in recorded {
      let (statement, words) = (item.statement, item.statement.edge)
      let edge = Edge(
        ancestor: statement.ancestorWord ?? Digest(tagged: words.ancestor)?.hex ?? words.ancestor,
        child: statement.childName ?? words.child,
        relation: words.relation?.rawValue ?? "relation not known",
        grade: item.isRetracted ? takenBack : words.grade.rawValue)
      let key = "\(edge.ancestor)\u{0}\(edge.child)\u{0}\(edge.relation)"
      let rank = { (edge: Edge) in order.firstIndex(of: edge.grade) ?? 0 }
      if let known = best[key], rank(known) >= rank(edge) { continue }
      best[key] = edge
    }
    return best.sorted { ByteName($0.key) < ByteName($1.key) }.map(\.value)
  }

  private static func layering(_ edges: [Edge]) -> [String: Int] {
    var layers: [String: Int] = [:]
    for edge in edges {
      layers[edge.ancestor] = 0
      layers[edge.child] = 0
    }
    for _ in 0..<min(layers.count, 64) {
      var moved = false
      for edge in edges {
        let wanted = (layers[edge.ancestor] ?? 0) + 1
        if (layers[edge.child] ?? 0) < wanted, wanted < layers.count {
          layers[edge.child] = wanted
          moved = true
        }
      }
      if !moved { break }
    }
    return layers
  }
}
