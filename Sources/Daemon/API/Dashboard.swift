// The dashboard: three files inside the program, served from a table. The page loads nothing from
// elsewhere and runs no script but its own; what it shows it reads from the API with the token of
// whoever opened it.

import Base
import CEmbedded
import HTTP

enum Dashboard {
  static let routes: [Route] = unsafe [
    route("/ui/", "text/html; charset=utf-8", ce_dashboard_page()),
    route("/ui/page.css", "text/css; charset=utf-8", ce_dashboard_style()),
    route("/ui/page.js", "text/javascript; charset=utf-8", ce_dashboard_script()),
  ]

  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static func route(_ template: String, _ type: String, _ data: ce_data) -> Route {
    let bytes = unsafe Array(UnsafeBufferPointer(start: data.bytes, count: data.count))
    return Route(
      method: .get, template: template, scopes: [], summary: "the dashboard",
      success: .content(200, [type]), isQuick: true
    ) { (_) throws(APIError) in
      Response(
        200,
        fields: [
          ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
          ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-cache"),
        ], type: type, body: bytes)
    }
  }
}
