// A SentencePiece model file (`tokenizer.model`, `spiece.model`): pieces, scores, settings.
//
// Format: Protocol Buffers (https://protobuf.dev/programming-guides/encoding/), message ModelProto
// of https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto. Fields that
// do not bear on tokens (training settings, self tests) are passed over, as the format wants it.
//
// Promises: total; every length is checked against what is left; at most `pieceCountMax` pieces.
// Does not: check that the pieces make sense together; that is for the tokenizer.

import Base

/// What a SentencePiece model file says.
public struct SentencePieceModel: Sendable {
  /// One piece of the vocabulary; its position is its identifier.
  public struct Piece: Sendable {
    public var text: [UInt8]
    public var score: Float
    public var type: PieceType

    public init(text: [UInt8] = [], score: Float = 0, type: PieceType = .normal) {
      self.text = text
      self.score = score
      self.type = type
    }
  }

  public enum PieceType: Int, Sendable {
    case normal = 1, unknown, control, userDefined, unused, byte
  }

  public enum Algorithm: Int, Sendable {
    case unigram = 1, bytePairs, words, characters
  }

  public var pieces: [Piece] = []
  public var algorithm = Algorithm.unigram
  public var hasByteFallback = false
  public var treatsSpaceAsSuffix = false
  public var beginIdentifier = 1
  public var endIdentifier = 2
  /// What an unknown piece decodes to.
  public var unknownSurface: [UInt8] = Array(" \u{2047} ".utf8)
  /// The compiled rules of normalization; empty: none.
  public var charactersMap: [UInt8] = []
  public var addsDummyPrefix = true
  public var removesExtraSpaces = true
  public var escapesSpaces = true
  /// Whether decoding has rules of its own.
  public var hasDenormalizer = false

  /// A model without pieces and with the library's own settings.
  public init() {}

  public static let pieceCountMax = 1 << 22
  public static let fileBytesMax = 256 << 20
}

extension SentencePieceModel {
  /// Reads the bytes of a model file. `file` is named in problems.
  public init(reading bytes: [UInt8], file: String) throws(Problem) {
    do {
      try read(bytes[...])
    } catch {
      throw Problem(
        .malformed, "malformed_sentencepiece", place: "\(file): byte \(error.offset)",
        reason: error.reason,
        remedy: "check that this is a SentencePiece model file, and whole")
    }
    guard !pieces.isEmpty else {
      throw Problem(
        .malformed, "malformed_sentencepiece", place: file, reason: "there are no pieces in it",
        remedy: "check that this is a SentencePiece model file")
    }
  }

  private mutating func read(_ message: ArraySlice<UInt8>) throws(WireError) {
    var reader = WireReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1:
        guard pieces.count < Self.pieceCountMax else {
          throw WireError(offset: reader.offset, reason: "more than \(Self.pieceCountMax) pieces")
        }
        pieces.append(try Self.piece(field))
      case 2: try readTrainer(field)
      case 3: try readNormalizer(field)
      case 5: hasDenormalizer = try Self.hasRules(field)
      default: continue
      }
    }
  }

  private static func piece(_ message: WireField) throws(WireError) -> Piece {
    var piece = Piece()
    var reader = WireReader(try message.bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: piece.text = Array(try field.bytes)
      case 2:
        piece.score = try field.float
        guard piece.score.isFinite else { throw field.error("a score that is not a number") }
      case 3:
        guard let type = PieceType(rawValue: try field.int) else {
          throw field.error("an unknown type of piece")
        }
        piece.type = type
      default: continue
      }
    }
    return piece
  }

  private mutating func readTrainer(_ message: WireField) throws(WireError) {
    var reader = WireReader(try message.bytes)
    while let field = try reader.next() {
      switch field.number {
      case 3:
        guard let kind = Algorithm(rawValue: try field.int) else {
          throw field.error("an unknown type of model")
        }
        algorithm = kind
      case 24: treatsSpaceAsSuffix = try field.int != 0
      case 35: hasByteFallback = try field.int != 0
      case 41: beginIdentifier = try field.int
      case 42: endIdentifier = try field.int
      case 44: unknownSurface = Array(try field.bytes)
      default: continue
      }
    }
  }

  private mutating func readNormalizer(_ message: WireField) throws(WireError) {
    var reader = WireReader(try message.bytes)
    while let field = try reader.next() {
      switch field.number {
      case 2: charactersMap = Array(try field.bytes)
      case 3: addsDummyPrefix = try field.int != 0
      case 4: removesExtraSpaces = try field.int != 0
      case 5: escapesSpaces = try field.int != 0
      default: continue
      }
    }
  }

  private static func hasRules(_ message: WireField) throws(WireError) -> Bool {
    var reader = WireReader(try message.bytes)
    while let field = try reader.next() {
      if field.number == 2, try !field.bytes.isEmpty { return true }
    }
    return false
  }
}
