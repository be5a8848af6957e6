// The fingerprint as JSON, schema "assay.fingerprint/1".

import Base
import Formats

extension Fingerprint {
  public static let schema = "assay.fingerprint/1"

  /// One object; the list of tensors only if it is asked for. Keys whose value was not computed
  /// are left out, so that nothing absent looks like a digest.
  public func json(withTensors: Bool) -> JSON {
    var object: JSONObject = [
      "schema": .string(Self.schema),
      "files": .array(files.map(\.json)),
      "files_root": .string(filesRoot.tagged),
      "findings": .array(findings.map(\.json)),
    ]
    if let format { object["format"] = .string(format.rawValue) }
    if let weights {
      for (key, value) in weights.json { object[key] = value }
      if withTensors { object["tensors"] = .array(tensors.map(\.json)) }
    }
    if !otherWeights.isEmpty { object["other_weights"] = JSON(otherWeights) }
    if let adapter { object["adapter"] = .object(adapter.json) }
    return .object(object)
  }
}

extension FileIdentity {
  /// `{"path", "size", "sha256"}`.
  public var json: JSON {
    ["path": .string(path), "size": JSON(byteCount), "sha256": .string(digest.tagged)]
  }
}

extension TensorIdentity {
  public var json: JSON {
    [
      "name": .string(name.text),
      "file": .string(file),
      "dtype": .string(type.name),
      "shape": .array(shape.map { JSON($0) }),
      "bytes": JSON(byteCount),
      "content_root": .string(contentRoot.tagged),
      "digest": .string(digest.tagged),
      "value_form": .string(valueForm.name),
      "value_digest": .string(valueDigest.tagged),
    ]
  }
}

extension WeightsIdentity {
  public var json: JSONObject {
    var object: JSONObject = [
      "tensor_count": JSON(tensorCount),
      "distinct_tensors": JSON(distinctTensors),
      "weights_digest": .string(weightsDigest.tagged),
      "values_digest": .string(valuesDigest.tagged),
      "tensor_set_digest": .string(tensorSetDigest.tagged),
      "value_set_digest": .string(valueSetDigest.tagged),
      "canonical_values_digest": .string(canonicalValuesDigest.tagged),
      "canonical_count": JSON(canonicalCount),
    ]
    if !unmapped.isEmpty { object["unmapped"] = JSON(unmapped.map(\.text)) }
    if !unrestored.isEmpty { object["unrestored"] = .array(unrestored.map(\.json)) }
    return object
  }
}

extension UnrestoredTensor {
  /// `{"name", "canonical_name", "obstacle"}`.
  public var json: JSON {
    [
      "name": .string(name.text),
      "canonical_name": .string(canonicalName.text),
      "obstacle": .string(obstacle.rawValue),
    ]
  }
}
