// What a language model computes, as data: one graph of blocks that every family is a value of.
//
// The base is the Llama block: h = x + Wo attention(norm(x)), y = h + Wdown(act(Wgate u) * Wup u)
// with u = norm(h); the fields say how a family differs. A family's file in Architectures/ makes
// the value from config.json or GGUF metadata; Forward/ computes it. Facts and sources of each
// field are with the families. Nothing here depends on a container or on names of tensors.

import Base

/// A decoder-only transformer.
public struct Architecture: Equatable, Sendable {
  /// The family, as `model_type` names it.
  public var family: String
  public var vocabularySize: Int
  public var hiddenSize: Int
  /// The number of learned positions; nil if positions come from rotation.
  public var learnedPositions: Int?
  /// Multiplies the embedding (Gemma: sqrt of the hidden size).
  public var embeddingScale: Float = 1
  public var norm: Norm
  public var blocks: [Block]
  /// c in c tanh(logit / c).
  public var logitSoftCap: Float?
  /// Whether the output matrix is the embedding.
  public var isTied: Bool
}

/// How a row is normalised before its factors.
public struct Norm: Equatable, Sendable {
  public enum Kind: Sendable {
    /// x / sqrt(mean(x^2) + epsilon)
    case rootMeanSquare
    /// (x - mean) / sqrt(variance + epsilon), with a bias
    case layer
  }
  public var kind: Kind
  public var epsilon: Float
}

/// One layer.
public struct Block: Equatable, Sendable {
  public enum Arrangement: Sendable {
    /// h = x + a(n1 x); y = h + f(n2 h)
    case preNorm
    /// h = x + n1 a(x); y = h + n2 f(h)
    case postNorm
    /// h = x + n2 a(n1 x); y = h + n4 f(n3 h)
    case bothNorms
    /// y = x + a(n1 x) + f(n2 x)
    case parallel
  }
  public var arrangement: Arrangement
  public var attention: Attention
  public var feedForward: FeedForward
}

/// Causal self-attention; query head i reads key-value head i / (heads / keyValueHeads).
public struct Attention: Equatable, Sendable {
  public var heads: Int
  public var keyValueHeads: Int
  /// Values in a query or key of one head.
  public var headSize: Int
  /// Values in a value of one head.
  public var valueSize: Int
  /// Multiplies the scores.
  public var scale: Float
  /// Rotation of queries and keys; nil if there is none.
  public var rope: Rope?
  /// A query sees this many keys, itself included; nil: all before it.
  public var window: Int?
  /// c in c tanh(score / c).
  public var softCap: Float?
  public var headNorm: HeadNorm = .none
  public var projection: Projection = .separate
  public var queryKeyValueBias: Bias = .absent
  public var outputBias: Bias = .absent
  /// One learned logit for each head that joins the denominator of the softmax only.
  public var hasSinks = false

  /// Root-mean-square norm of queries and keys before their rotation.
  public enum HeadNorm: Sendable {
    case none
    /// Each head by itself.
    case perHead
    /// All heads as one row.
    case whole
  }

  /// How the rows of q, k and v lie in the file.
  public enum Projection: Equatable, Sendable {
    case separate
    /// One matrix: all of q, then k, then v.
    case stacked
    /// One matrix: q, k, v of the first head, then of the second.
    case perHead
    /// Compressed queries and key-values (DeepSeek's latent attention).
    case latent(Latent)
  }

  /// Sizes of latent attention.
  public struct Latent: Equatable, Sendable {
    /// Values of a compressed query; nil: queries are not compressed.
    public var queryRank: Int?
    public var keyValueRank: Int
    /// Values of a head's query and key without rotation; the rest is rotated.
    public var plainSize: Int
    public var rotatedSize: Int
  }
}

/// Whether a projection has a bias.
public enum Bias: Sendable {
  case absent, required
  /// GGUF has no key for it: it is there if its tensor is.
  case ifStored
}

/// The second half of a block.
public enum FeedForward: Equatable, Sendable {
  /// down(act(gate x) * up x); `isStacked`: gate and up are one matrix.
  case gated(size: Int, activation: Activation, bias: Bias, isStacked: Bool)
  /// down(act(up x))
  case plain(size: Int, activation: Activation, bias: Bias)
  case experts(Experts)
}

/// The function between the matrices of a feed-forward part.
public enum Activation: Sendable {
  case silu, geluTanh, geluErf
  /// (u + 1) g sigmoid(1.702 g), g <= 7 and |u| <= 7 (gpt-oss)
  case clampedSwish
}

/// A mixture of experts.
public struct Experts: Equatable, Sendable {
  public var count: Int
  public var chosen: Int
  public var size: Int
  public var routing: Routing
  /// Multiplies the weights of the chosen experts.
  public var weightScale: Float = 1
  /// Whether the weights of the chosen experts are made to sum to one.
  public var renormalises: Bool
  /// Size of an expert that all tokens pass through; nil if there is none.
  public var sharedSize: Int?
  /// Whether the shared expert's output is multiplied by a sigmoid of the token.
  public var sharedHasGate = false
  public var activation = Activation.silu
  public var hasBias = false
  /// How many groups the experts form, and how many of them may be chosen from.
  public var groups: Int = 1
  public var chosenGroups: Int = 1

  public enum Routing: Sendable {
    /// softmax over all, then the best
    case softmax
    /// the best, then softmax over them
    case softmaxOfChosen
    /// as `softmax`, from the groups whose best expert is best
    case groupedSoftmax
    /// sigmoid; chosen by sigmoid plus a stored correction, groups by their two best
    case correctedSigmoid
  }
}

// MARK: What no family may leave to chance

extension Architecture {
  /// Throws unless every number is one that can be computed with: families read them from files.
  func check(_ place: String) throws(Problem) {
    for (layer, block) in blocks.enumerated() {
      let plan = block.attention
      let rope = plan.rope
      let rotated = plan.latent.map(\.rotatedSize) ?? plan.headSize
      let fine =
        plan.heads > 0 && plan.keyValueHeads > 0 && plan.heads % plan.keyValueHeads == 0
        && plan.headSize > 0 && plan.valueSize > 0 && plan.scale.isFinite
        && (plan.window ?? 1) > 0 && (plan.softCap ?? 1) > 0
        && (rope.map { $0.size > 0 && $0.size % 2 == 0 && $0.size <= rotated } ?? true)
      guard fine, norm.epsilon >= 0, (logitSoftCap ?? 1) > 0 else {
        throw Problem(
          .malformed, "malformed_config", place: "\(place): layer \(layer)",
          reason: "heads, window, scale or rotation of this layer make no sense",
          remedy: "use the configuration that belongs to the model")
      }
    }
  }
}

extension Attention {
  /// The sizes of latent attention, if it is that.
  var latent: Latent? { if case .latent(let sizes) = projection { sizes } else { nil } }
}
