import Base
import Foundation
import Testing

@testable import Formats

/// Goal: what common packers wrote comes out byte for byte, and damage is an error, never a crash.
/// Method: streams that Python's bz2 and lzma modules wrote of bytes that are made again here.
@Suite("Compressed streams")
struct PackedStreamTests {
  /// Words in a fixed disorder, every byte once, and zeros.
  static let plain: [UInt8] = {
    let words = ["alpha ", "beta ", "gamma\n", "model.weight ", "0.25 "].map { Array($0.utf8) }
    var state = 1
    var bytes: [UInt8] = []
    for _ in 0..<700 {
      state = (state &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
      bytes += words[(state >> 16) % 5]
    }
    return bytes + (0...255).map { UInt8($0) } + [UInt8](repeating: 0, count: 5000)
  }()

  static func unpacked(_ bytes: [UInt8], _ kind: ContainerKind) throws -> [UInt8] {
    var result: [UInt8] = []
    try PackedStream.unpack(bytes.span.bytes, kind) { piece in result += piece.copy() }
    return result
  }

  static let streams: [(ContainerKind, String)] = [
    (.bzip2, bzip2), (.xz, xz), (.lzma, lzma),
  ]

  @Test("come out as they went in", arguments: streams.indices)
  func whole(index: Int) throws {
    let (kind, text) = Self.streams[index]
    let packed = try #require(Data(base64Encoded: text)).map { $0 }
    #expect(ContentKind.detect(packed.span.bytes, at: ContentPlace(file: "x")) == .container(kind))
    #expect(try Self.unpacked(packed, kind) == Self.plain)
  }

  @Test("one behind the other come out as one")
  func several() throws {
    let packed = try #require(Data(base64Encoded: Self.bzip2)).map { $0 }
    #expect(try Self.unpacked(packed + packed, .bzip2) == Self.plain + Self.plain)
    let xz = try #require(Data(base64Encoded: Self.xz)).map { $0 }
    #expect(try Self.unpacked(xz + [0, 0, 0, 0] + xz, .xz) == Self.plain + Self.plain)
  }

  @Test("that are cut are errors at every length", arguments: streams.indices)
  func cut(index: Int) throws {
    let (kind, text) = Self.streams[index]
    let packed = try #require(Data(base64Encoded: text)).map { $0 }
    for count in stride(from: 0, to: packed.count - 1, by: 7) where kind != .xz || count > 6 {
      #expect(throws: (any Error).self) { try Self.unpacked(Array(packed.prefix(count)), kind) }
    }
  }

  @Test("with a changed byte end in bytes or an error", arguments: streams.indices)
  func changed(index: Int) throws {
    let (kind, text) = Self.streams[index]
    var packed = try #require(Data(base64Encoded: text)).map { $0 }
    for place in packed.indices {
      packed[place] ^= 0x55
      if let bytes = try? Self.unpacked(packed, kind) { #expect(bytes.count < 1 << 24) }
      packed[place] ^= 0x55
    }
  }

  static let bzip2 = """
    QlpoOTFBWSZTWQPdpB4ACHR/////////////////////////////////////////////0AQ4AB0AAskAAAAAAAAAABMA\
    AAAAAAAAAAmAAAAAAAAAAAAAAAAAAEwEwkwAEwABMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABJpVVNoibRo0Jg\
    AAmAAaAAAAmEwCGTAAAAAAAACYAmATAAAmCaYAABMAAAAAAVqoAACaYACYRkwRgAAAAQxBiYEYAAAEwEwBNMJkyZGTQw\
    QGjBMEwJgmAmAABGmAAmEmAAmAAJgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB+UgftQIZQwhgsDB4TE8U/hiuF/\
    wEIGL4bGMZw+NY3jn8cdx7H8gyHIsjyTJcmyfKN0ypx0meotQtaApS2pVrViilQRorFVtiqLRUbaVtbasqFto1IlRWrR\
    KNKyiK1rUtLEYUFRLStGilbKtoVLUpSllG2lStGRajGoja1VolVgtKpbFLSjKhUWUqWiCWlRRtVWiVGgytSstraVjarS\
    jSlGCxlloiW1qpYgqtqsW2sKxSsrGlqVhStWxUpYUK20qNralKKoW0HKcsy3+WXZfmGY5lmeaZrm2b50AQNtkkkzrGDL\
    mIgqqAosBGKKsBRSIrBGKsWKCKiyCqDGLIKOd4GIwACBnmeoBAz4uSktMTU5PUFFSU1RVVldYWVpbXF1eX2DsdntMLEx\
    9vud3vMjKzd9naGlqa3UQgEAja5pCMEUYJFFRBYxFVFQYqREFjEVIixYIioqLEWKqgoMRUEiKRiKMFFGIoiqwRioqIsR\
    UYiMWMVVWKKqkVRUdlxEMQxEiMiIiRYLFgpFIsVYoKLBVIsiIpFgKKIm1hCBpdxJWKRQUWCIKpBYosUAWKCqoCkRWAsI\
    sFXZ9o3CSSTat3kkkZJJMFCQDbMGYRCKKiCkFRikWKqIRQFIKCirAEZBFiCzbdukkk3IJAMKAAYOSSTDYLcMSkkk3HDB\
    IBhwhAQhA0nFSYUYCxVBRQYkFkirIsWSMFSLEYHLJcAAA3PACQDDkr2+EwAAABIAgAQhPpa/K4AAAD+XQEDBQcJ4oWGh\
    4iJiovxxkbHR8hIx0fISMlJykrLS8rMGUzNTc5Oz0/QUNFR0lLTU9RU1VXWVtdX2FjZWdpa21vcXN1d3l7fX+Bg4WHiY\
    uNj5GTlZeZm52foaOlp6mrra+xs7W3ubu9v8HDxcfJy83P0dPV19nb3d+ztbe5u72/wcPFxtYAIXJyf/l5ucXckU4UJA\
    D3aQeA==
    """
  static let xz = """
    /Td6WFoAAATm1rRGAgAhAQAAAAA3J5fW4AfPAQNAADabyOq6eCvzLhjSBD/+Rf8SovZq6fCsto3vIzJbgLEUr5e1CI4r\
    XioDH9QJ4sJhEnr//BXv8H1agZCFEK+FbYCKhvzWzDdekg0W/X7mSh731z/I/xJoj/k4mXV5g5UjL+XinWELdIcjXbtk\
    nEfRrtxokYv8zDIt1+7A4NevCB+nOaGWbRHaAnRq5UhfCDrTBZ0LHBpNSMoIfNTz3TnOQZifBf8U5vkOKCoDjXTI4Ilz\
    yU/LyTxlU5hicXJ0gWftkjz1D69b5M60i061VvfdtfDkfvWcFBfbTmJXYP+CIVQf6nWvIHnv6N7jeVb+0nEUB4+DD9DG\
    ek3tsLH12NKBgmG+bSwAAFXfqaqElOcCAAGfAtAPAACP3a14scRn+wIAAAAABFla/Td6WFoAAATm1rRGAgAhARYAAAB0\
    L+Wj4B97AlRdADgaCEI3fQ6uCy6pMAmQSXX7obqR7lDcuHQvNZCFqAuFzeuay1P1j7JC7KESGW+r9AtzFwtay0T6oT3M\
    fjGwIkitlHTQ8fi9l8Q+eqnWrrRIhWQvCRYdsgiHio6MjE+KqSxArCs4k5P8zxLXtirDYEbc4V4ewtvCgyskd4rtc+41\
    mp0heJoSJicZXdzSzFONuOYRetvxERWXGiBVrYuHWcYbI7+9cRIWFw2WeClyATFtT7PVagZlj12Rvu+QnuIjFhJTkdmF\
    muU7sKaz7a7inwM/IDGpHAezcdPq7V8bVuSlBHHJzQ0Mw+wzxpg4JMJrlNRABuUqsnEYObgN2xTuV25uLMm6KhcMEl5r\
    UZqUYNOnT1X/OAK5ft+KpIzQSvbzmJNN54tF4bY3J00OpjEvSoIPJPToINSRQG4yIM4o+28vbRGOq/IWUrwpfi8R1tsU\
    ZUergY4fzioiOdtd2ahpsVMDNlTWOAfu33Byg1/NldEN+YC2w6MCqfRME1NcbovGm+MKIeh82usqt5HJkFUIJwFfk3Sw\
    tfscUyi0fnkWt3NLBykSZS+ZCcWF4ikEdun9VLSGiRUTnnczgVPVENH/XYvnjdCmPN4t98Rr4PTrpnExpT7uwBt3Sf6G\
    TP1HMazZS5lwG11jXOFUDXgEcNNxui3oq3uAPaVYYrHkkmJ62lIpSz2eZgQ7vXJ/hWygfHEuB0Wxg1TszGSFKpBZ1j3d\
    AYLEjHJYsjeLzGUZMRWgwpkXIjHuKzgMywwBVRi6OpzkQxQwpnp2xaNnGb0D59H3YNT2i5cAAIFVOR033s0BAAHwBPw+\
    AACBCgLBscRn+wIAAAAABFla
    """
  static let lzma = """
    XQAAgAD//////////wA2m8iwVxfh/EtbtXHHYpK0b7kzsa+AutZahfdiiaTkptXDcls4t0pCVuToewW7opnrukPo0cQA\
    lz8CqUvl/kn0CWvizeChILV2wjCKucDYqpF70j3vdtBVk6y9wjrn+ThCUJYSYM5b1Ps9gM9dSf/XSNNg5uCAbH3sCdA2\
    Cn425pI+/fEOcv53n0vdm2w0XUuKgtlf1jGEEYf1YqMs7rReY4KSutiohc/qDTHmkLIKQkPs3dpD24DZ0zbf556O+/GP\
    w0Rc8X8U/32dNC9oIhyU/Lx48DiYbDboaPgPrz1QRan2w8/pYIl73draqCqAUHNejgxPi4n9xlZ52+rlwEKgxht4WQyH\
    6qn0cwjmeYZnPTuTBUX80oObJVi6OkCLfuCzR8YUmxCSzWbV9b9ymjl2yhnl9dXnzy85NZPfchbjMAQUP1o9aEmoJO7Z\
    3UiTfTso1mzdPVqmO1vpFZcPO+OqosWveACqboVhw9IZCd1VXIVBQR9mBoviynanDj9Ds+CNMugyZ1VAfVjSYoUNicQL\
    cdtxB/RLf3q0Tz1hdbShVGYUoiSj7ZQNuWQ3lAH9CTp/l5h+3UH0vq530KgUu70e8Y5MVyKe3Vi1ZyItey7CVWVryRJv\
    X4jzYEG0/NCuEp1Z2wCTg/Fo/qZxutnAe0hO98D5ySg02nWLFH/3SawHeOQEOBuYDH7qolzoPxhYP5iSxFlC6yNuwvDc\
    Ld4nHDq4k29v52rvqe5v5WEa4veNHnjURlsPORdKMi8kPwn9RxXkfwyQKMiYu16aewaD+v7Tamwld6T24eO0SdPRIYvS\
    80a9J9r2PylRm19sQuE7pdJu1x/B6KXTsEmTpzSAk+WhG7G4v27sHKa1Z2XOOKTTvrliTI0K01M4Vx23hytjov9vPC/V\
    kzX9wcZ0f/xNrxIqDKNigHldPlogH29wFmjUPYvAMTkc3xFS/c4bCW+qqaNiyjFc23jZ0cbDj/lFeC3HCcIJZahEr33v\
    iUeM56NLjBcUJj9vvnwt2TFX///cv//M
    """
}
