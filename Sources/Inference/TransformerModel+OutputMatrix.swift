// The output matrix of a model, for whoever asks what its logits can be.

import Base
import Formats

extension TransformerModel {
  /// Rows of the output matrix for some tokens, `architecture.hiddenSize` numbers each. With
  /// log-probabilities over the same tokens, they say whether these can be this model's
  /// (Finlayson et al. 2403.09539). The final norm's gain changes no span and is left out.
  public func outputRows(_ tokens: [Int]) -> [Float] {
    precondition(tokens.allSatisfy { (0..<output.rows).contains($0) }, "tokens of the vocabulary")
    let width = output.columns
    var values = [Float](repeating: 0, count: tokens.count * width)
    unsafe values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for (index, token) in tokens.enumerated() {
        unsafe output.read(token..<token + 1, into: base + index * width, stride: width, .best)
      }
    }
    return values
  }

  /// The type in which the output matrix is stored; nil for packed codes.
  public var outputType: ElementType? {
    switch output.storage {
    case .rows(let tensor), .columns(let tensor, _), .scaled(let tensor, _, _): tensor.entry.type
    case .packed: nil
    }
  }
}
