// /v1/watch: what is watched, and what in it could not be checked.

import Base
import HTTP

extension Services {
  var watchRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/watch", scopes: [.read],
        summary: "watched directories; what in them could not be checked, why, and the next try",
        success: .inline(
          200, Schemas.object(["directories": Schemas.array(of: "WatchedDirectory")], all: true))
      ) { (_) throws(APIError) in
        .json(200, ["directories": .array(watchers.map(\.status.json))])
      }
    ]
  }
}
