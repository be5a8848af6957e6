// What the table of known models adds to the edges above a model: the licence of a base, who
// developed it and where that is, and what it was made from in its turn.
//
// Promises: what an edge says already is left as it is; an edge of the table is graded `stated`
// with the table as its source, and leads from a name that was not met before, so no circle comes
// in.

import Base
import Licensing
import Register

/// Completes edges from a table of models.
struct KnownBases {
  let catalogue: Catalogue
  static let source = "shipped table"
  /// Longer chains are made up.
  private static let edgeCountMax = 1000

  /// The edges to what the table says that the model itself was made from.
  /// - Parameter id: `ORG/NAME`.
  func edges(of id: String) -> [LineageEdge] { edges(above: id, child: ModelLineage.node) }

  /// The same edges with what is known of their ancestors, and those above them.
  /// - Parameter id: the model's own id, which is no ancestor of its own.
  func completed(_ given: [LineageEdge], of id: String) -> [LineageEdge] {
    var edges = given.map(completed)
    var seen = Set(edges.map { ByteName($0.ancestor) } + [ByteName(id)])
    var next = 0
    while next < edges.count, edges.count < Self.edgeCountMax {
      let name = edges[next].ancestor
      next += 1
      for edge in self.edges(above: name, child: name)
      where seen.insert(ByteName(edge.ancestor)).inserted {
        edges.append(completed(edge))
      }
    }
    return edges
  }

  private func edges(above id: String, child: String) -> [LineageEdge] {
    let bases = catalogue.bases(of: id)
    return bases.map { base in
      LineageEdge(
        ancestor: ModelLineage.name(base), child: child,
        relation: bases.count > 1 ? .merged : .finetuned, grade: .stated, source: Self.source)
    }
  }

  private func completed(_ edge: LineageEdge) -> LineageEdge {
    var edge = edge
    if edge.licence == nil { edge.licence = catalogue.models[edge.ancestor]?.licence }
    if let known = catalogue.organisation(of: edge.ancestor) {
      edge.developer = edge.developer ?? known.developer
      edge.origin = edge.origin ?? known.origin
    }
    return edge
  }
}
