// `tokenize`: texts to identifiers, identifiers to texts.

import Base
import Inference

let tokenizeCommand = Command(
  path: ["tokenize"],
  summary: "Turn texts into token identifiers, or identifiers back into texts",
  discussion: """
    Reads one JSON object a line, {"id", "text"} with --texts or {"id", "ids"} with --decode \
    --ids, and answers one a line, in input order. Identifiers are those of the model's own \
    library; a tokenizer with a feature that is not known here is refused (exit 4). Without \
    --add-special nothing is added to a text. Tokens such as <|endoftext|> that are written in a \
    text become their identifiers unless --special-as-text is given.
    """,
  positionals: [
    Positional(
      "MODEL", "a model directory, a tokenizer.json, a SentencePiece .model or a GGUF file")
  ],
  options: [
    .value("--texts", "FILE", "texts, one {\"id\", \"text\"} a line (- for standard input)"),
    .flag("--decode", "turn identifiers into texts"),
    .value("--ids", "FILE", "with --decode: identifiers, one {\"id\", \"ids\"} a line"),
    .flag("--add-special", "make the additions of the model's template"),
    .flag("--special-as-text", "take special tokens written in a text as plain text"),
    .jsonLines,
  ] + Option.modelChoice,
  examples: [
    Example("assay tokenize model/ --texts texts.jsonl --jsonl", "identifiers of each text"),
    Example("assay tokenize model.gguf --decode --ids ids.jsonl --jsonl", "texts of identifiers"),
  ],
  run: tokenize)

private let linesBytesMax = 1 << 30

private func tokenize(_ invocation: Invocation) throws -> ExitCode {
  let decodes = invocation.flag("--decode")
  guard let path = invocation.value(decodes ? "--ids" : "--texts"),
    invocation.value(decodes ? "--texts" : "--ids") == nil
  else {
    throw Problem(
      .usage, "missing_option", reason: "give --texts FILE, or --decode with --ids FILE",
      remedy: "see `assay tokenize --help`")
  }
  if decodes, invocation.flag("--add-special") || invocation.flag("--special-as-text") {
    throw Problem(
      .usage, "bad_option", reason: "--add-special and --special-as-text are for encoding",
      remedy: "leave them out with --decode")
  }
  let model = try invocation.model()
  let lines = try InputFile.read(path, limitBytes: linesBytesMax)
  let tokenizer = try Tokenizer.load(model, run: try invocation.run())
  for (index, line) in lines.split(separator: 0x0A).enumerated() {
    let place = "\(path): line \(index + 1)"
    let request: JSON
    do { request = try JSON.parse(Array(line)) } catch { throw error.problem(file: place) }
    let answer =
      decodes
      ? try decoded(request, tokenizer, place) : try encoded(request, tokenizer, invocation, place)
    if invocation.flag("--jsonl") {
      invocation.output.jsonLine(answer)
    } else {
      invocation.output.jsonLine(answer)
    }
  }
  return .yes
}

private func encoded(
  _ request: JSON, _ tokenizer: Tokenizer, _ invocation: Invocation, _ place: String
) throws(Problem) -> JSON {
  guard let text = request["text"]?.string else {
    throw Problem(
      .malformed, "missing_member", place: place, reason: "\"text\" with a string is missing",
      remedy: "give one {\"id\": …, \"text\": …} a line")
  }
  let identifiers = tokenizer.encode(
    Array(text.utf8), addSpecial: invocation.flag("--add-special"),
    specialAsText: invocation.flag("--special-as-text"))
  return .object([
    "id": request["id"] ?? .null, "ids": .array(identifiers.map { .number(JSONNumber(Int($0))) }),
  ])
}

private func decoded(
  _ request: JSON, _ tokenizer: Tokenizer, _ place: String
) throws(Problem) -> JSON {
  guard let values = request["ids"]?.array else {
    throw Problem(
      .malformed, "missing_member", place: place, reason: "\"ids\" with numbers is missing",
      remedy: "give one {\"id\": …, \"ids\": […]} a line")
  }
  var identifiers: [Int32] = []
  for value in values {
    guard let number = value.int, number >= 0, let identifier = Int32(exactly: number) else {
      throw Problem(
        .malformed, "bad_identifier", place: place,
        reason: "\(value.canonicalText) is not the identifier of a token",
        remedy: "give whole numbers from 0")
    }
    identifiers.append(identifier)
  }
  let text = String(decoding: tokenizer.decode(identifiers), as: UTF8.self)
  let bytes = identifiers.flatMap { tokenizer.tokenBytes($0) ?? [] }
  return .object([
    "id": request["id"] ?? .null, "text": .string(text), "bytes_hex": .string(Hex.encode(bytes)),
  ])
}
