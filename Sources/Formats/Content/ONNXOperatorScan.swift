// Searches ONNX models for nodes that call Python.
//
// Format: onnx.proto: ModelProto.graph = 7, training = 20, functions = 25; GraphProto.node = 1;
// NodeProto.name = 3, operator = 4, attributes = 5, of which some are graphs. The Python operators
// of onnxruntime and its extensions (PyOp, PythonOp, PyCustomOp) call a function by its name.
//
// Promises: total and linear, nested at most `depthMax` graphs deep.

import Base

enum ONNXOperatorScan {
  private static let findingsMax = 16
  private static let depthMax = 64

  /// The nodes that call Python. `place` names the file.
  static func findings(in bytes: RawSpan, place: String) -> [Finding] {
    var walk = Walk(place: place)
    walk.each(0..<bytes.byteCount, bytes) { walk, field, range in
      switch field {
      case 7: walk.graph(range, depth: 0, bytes)
      // Initialisation = 1, algorithm = 2.
      case 20: walk.each(range, bytes) { $0.graph($2, depth: 0, bytes) }
      // Nodes = 7.
      case 25: walk.each(range, bytes) { if $1 == 7 { $0.node($2, depth: 0, bytes) } }
      default: break
      }
    }
    return Array(walk.findings.prefix(findingsMax))
  }

  private struct Walk {
    let place: String
    var findings: [Finding] = []

    /// Each field that holds bytes, as far as the message can be read.
    mutating func each(
      _ range: Range<Int>, _ bytes: RawSpan, _ body: (inout Walk, UInt64, Range<Int>) -> Void
    ) {
      var reader = ProtobufReader(range, place: "model")
      while let (field, value) = try? reader.next(bytes) {
        if case .bytes(let inner) = value { body(&self, field, inner) }
      }
    }

    mutating func graph(_ range: Range<Int>, depth: Int, _ bytes: RawSpan) {
      guard depth < ONNXOperatorScan.depthMax else {
        if !findings.contains(where: { $0.id == "file.unread" }) {
          findings.append(
            Finding(
              id: "file.unread", severity: .warning,
              message: "graphs are nested deeper than \(ONNXOperatorScan.depthMax) levels and were "
                + "not searched further", place: place))
        }
        return
      }
      each(range, bytes) { if $1 == 1 { $0.node($2, depth: depth, bytes) } }
    }

    mutating func node(_ range: Range<Int>, depth: Int, _ bytes: RawSpan) {
      var name = ""
      var operation = ""
      each(range, bytes) { walk, field, inner in
        switch field {
        case 3: name = walk.text(inner, bytes)
        case 4: operation = walk.text(inner, bytes)
        // An attribute's graph = 6, graphs = 11.
        case 5:
          walk.each(inner, bytes) {
            if $1 == 6 || $1 == 11 { $0.graph($2, depth: depth + 1, bytes) }
          }
        default: break
        }
      }
      guard isPython(operation), findings.count < 64 else { return }
      findings.append(
        Finding(
          id: "onnx.pyop", severity: .error,
          message: "the node \(ByteName(name).quoted) is the operator \(operation.prefix(60)), "
            + "which calls a function of Python when the model runs",
          place: place))
    }

    /// PyOp, PythonOp, PyCustomOp and their kin.
    private func isPython(_ operation: String) -> Bool {
      guard operation.hasPrefix("Py") else { return false }
      return operation.contains("Op") || operation.hasPrefix("PyFunc")
    }

    private func text(_ range: Range<Int>, _ bytes: RawSpan) -> String {
      String(
        decoding: bytes.copy(from: range.lowerBound, atMost: min(range.count, 4096)), as: UTF8.self)
    }
  }
}
