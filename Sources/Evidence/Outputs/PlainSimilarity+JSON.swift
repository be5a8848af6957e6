// Plain distances as JSON: {"js":x,"kl":x,"tv":x,"top1":x}.

import Base

extension PlainSimilarity {
  var json: JSON {
    [
      "js": JSON(jensenShannon), "kl": JSON(kullbackLeibler), "tv": JSON(totalVariation),
      "top1": JSON(topAgreement),
    ]
  }

  init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      jensenShannon: try reader.number("js") ?? .nan,
      kullbackLeibler: try reader.number("kl") ?? .nan,
      totalVariation: try reader.number("tv") ?? .nan,
      topAgreement: try reader.number("top1") ?? .nan)
  }
}
