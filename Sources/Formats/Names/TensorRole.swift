// What part of a network a tensor is, whatever it is called.
//
// The roles are those that more than one family has, under the field's terms. A tensor that no
// convention names has no role: nothing here guesses from shapes or from parts of a name.
// Sources: `modeling_*.py` of transformers 5, `MODEL_TENSORS` of the gguf package.

/// A part of a network that has weights.
public enum TensorRole: String, Hashable, Sendable, CaseIterable {
  // Of the whole network.
  case embedding, embeddingNorm, positions, finalNorm, head
  // Norms of a layer: before and after attention, before and after the feed-forward part.
  case attentionNorm, attentionPostNorm, feedForwardNorm, feedForwardPostNorm
  // Attention. The norms are of each head, or of all heads together.
  case query, key, value, queryKeyValue, attentionOutput, queryNorm, keyNorm, attentionSinks
  // Latent attention: projections down to a small space and up again.
  case queryDown, queryDownNorm, queryUp
  case keyValueDown, keyValueDownNorm, keyUp, valueUp, keyValueUp
  // The feed-forward part of a dense layer.
  case gate, up, gateUp, down
  // Mixtures of experts. A shared expert is used for every token.
  case router, routerCorrection, expertGate, expertUp, expertGateUp, expertDown
  case sharedGate, sharedUp, sharedDown, sharedRouter

  /// Whether there is one in each layer, not one in the network.
  public var isInLayer: Bool {
    switch self {
    case .embedding, .embeddingNorm, .positions, .finalNorm, .head: false
    default: true
    }
  }

  /// Whether there may be one for each expert.
  public var isOfExpert: Bool {
    switch self {
    case .expertGate, .expertUp, .expertGateUp, .expertDown: true
    default: false
    }
  }

  /// Whether it is a norm of the stream of tokens, or of queries and keys: what a family that
  /// stores the factors of its norms less one stores so.
  public var isNorm: Bool {
    switch self {
    case .embeddingNorm, .finalNorm, .attentionNorm, .attentionPostNorm, .feedForwardNorm,
      .feedForwardPostNorm, .queryNorm, .keyNorm:
      true
    default: false
    }
  }

  /// The fused tensor that a convention may keep it in; nil for a part that always stands alone.
  public var whole: TensorRole? { Self.allCases.first { $0.fused.contains(self) } }

  /// What a fused tensor holds, in order; empty for a tensor of its own.
  public var fused: [TensorRole] {
    switch self {
    case .queryKeyValue: [.query, .key, .value]
    case .gateUp: [.gate, .up]
    case .expertGateUp: [.expertGate, .expertUp]
    case .keyValueUp: [.keyUp, .valueUp]
    default: []
    }
  }
}
