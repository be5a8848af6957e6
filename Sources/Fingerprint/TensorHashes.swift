// What hashing one tensor came to, in as little memory as it takes: a model may have a million.

import Base
import Formats

/// The digests of one tensor; the rest of its identity is in its entry.
struct TensorHashes: Equatable, Sendable {
  let contentRoot: Digest
  let digest: Digest
  let valueForm: ElementType
  let valueDigest: Digest
  private(set) var canonical: CanonicalForm

  /// - Parameter restoredRoot: of the values with their rows put back, if `place` says so.
  init(
    _ entry: TensorEntry, _ place: CanonicalPlan.Place, content: Digest, value: ValueBytes,
    valueRoot: Digest, restoredRoot: Digest?
  ) {
    contentRoot = content
    digest = IdentityRules.tensorDigest(
      type: entry.type, shape: entry.shape, byteCount: entry.byteCount, contentRoot: content)
    valueForm = value.form
    func values(_ root: Digest, _ shape: [Int]) -> Digest {
      IdentityRules.valueDigest(
        form: value.form, shape: shape, byteCount: value.byteCount, root: root)
    }
    valueDigest = values(valueRoot, entry.shape)
    canonical =
      switch place {
      case .own: .own
      case .dropped, .taken: .none
      case .unmapped: .unmapped
      case .named(let name, nil, nil) where name == entry.name: .own
      case .named(let name, let shape, let rows):
        .entries([
          CanonicalTensor(
            name: name,
            valueDigest: shape == nil && rows == nil
              ? valueDigest : values(restoredRoot ?? valueRoot, shape ?? entry.shape),
            type: entry.type, standing: .same)
        ])
      case .unrestored(let name, let obstacle):
        .entries([.unrestored(entry, valueDigest, name, obstacle)])
      }
  }

  /// Says what the tensor was taken into, once that is known.
  mutating func enter(as made: [CanonicalTensor]) { canonical = .entries(made) }
}

/// What one tensor becomes in the canonical digest.
enum CanonicalForm: Equatable, Sendable {
  /// The form has no such tensor.
  case none
  /// The tensor under its own name, with its own values.
  case own
  /// The same under `gguf:` and its name.
  case unmapped
  case entries([CanonicalTensor])
}

extension CanonicalTensor {
  /// A tensor that is called `gguf:` and its own name, because its values are not the library's.
  static func unrestored(
    _ entry: TensorEntry, _ valueDigest: Digest, _ name: ByteName, _ obstacle: Obstacle
  ) -> CanonicalTensor {
    CanonicalTensor(
      name: unmappedName(entry.name), valueDigest: valueDigest, type: entry.type,
      standing: .unrestored(name, obstacle))
  }

  static func unmappedName(_ name: ByteName) -> ByteName {
    ByteName(bytes: Array("gguf:".utf8) + name.bytes)
  }
}
