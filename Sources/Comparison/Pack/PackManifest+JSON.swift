// {"schema":"assay.evidence-pack/1","files":[{"path","sha256","bytes"}]}

import Base
import Evidence

extension PackManifest {
  var json: JSON {
    [
      "schema": .string(EvidencePack.schema),
      "files": .array(
        entries.map {
          [
            "path": .string($0.path), "sha256": .string($0.digest.tagged),
            "bytes": JSON($0.byteCount),
          ]
        }),
    ]
  }

  init(parsing bytes: [UInt8]) throws(Problem) {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch {
      throw error.problem(file: EvidencePack.Name.manifest)
    }
    let reader = try AnswerReader(json, at: EvidencePack.Name.manifest)
    guard reader.member("files") != nil else {
      throw reader.malformed("files", "a list of files is wanted")
    }
    self.init(
      entries: try reader.objects("files").map { item throws(Problem) in
        Entry(
          path: try item.needed("path", item.text("path")),
          digest: try item.needed("sha256", item.digest("sha256")),
          byteCount: try item.needed("bytes", item.whole("bytes")))
      })
  }
}
