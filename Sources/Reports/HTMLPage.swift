// The frame of every page: one file, style inside, no script, nothing fetched, and a policy that
// forbids both to whatever might get past the escaping.

import Base

enum HTMLPage {
  static func document(title: String, body: HTML) -> [UInt8] {
    let page: HTML = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <link rel="icon" href="data:,">
      <title>\(title)</title><style>\(ReportStyle.css)</style></head>
      <body>\(body)</body></html>

      """
    return Array(page.text.utf8)
  }
}
