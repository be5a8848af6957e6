// The nodes of a YAML document in their order, as far as a search for names needs them.

/// One thing that stands in a document.
struct YAMLEvent: Equatable {
  enum Kind: Equatable {
    /// A tag, resolved to its full form.
    case tag(String)
    /// A scalar that is the key of a mapping.
    case key(String)
    /// Any other scalar.
    case scalar(String)
    case anchor(String)
    case alias(String)
  }

  let kind: Kind
  let line: Int
}
