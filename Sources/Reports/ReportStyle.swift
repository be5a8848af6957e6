// The style of the page: system fonts, two palettes, nothing fetched.

enum ReportStyle {
  static let css: HTML = """
    :root{--ink:#1c2024;--dim:#5b6570;--page:#fff;--card:#f5f7f9;--line:#d5dbe1;--good:#17693a;\
    --bad:#a8201a;--open:#8a5a00;--found:#1f4f9c}
    @media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--dim:#9aa5b1;--page:#15181b;\
    --card:#1e2327;--line:#363e46;--good:#6fce94;--bad:#ff8a80;--open:#e8b45a;--found:#8ab4f8}}
    body{margin:0 auto;max-width:66rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;\
    color:var(--ink);background:var(--page)}
    h1{font-size:1.7rem;margin:0}h2{font-size:1.25rem;margin:2.2rem 0 .6rem;\
    border-bottom:1px solid var(--line)}h3{font-size:1.05rem;margin:1.2rem 0 .3rem}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;\
    padding:.4rem .6rem;border-bottom:1px solid var(--line)}thead th{color:var(--dim);\
    font-weight:600}tbody th{font-weight:600}td p{margin:.3rem 0}td:nth-child(5){white-space:nowrap}
    code,pre{font:13px/1.4 ui-monospace,monospace;word-break:break-all}code{color:var(--dim)}
    pre{background:var(--card);padding:.8rem;overflow-x:auto;white-space:pre-wrap}
    .dim{color:var(--dim)}.badge{display:inline-block;padding:0 .5rem;border-radius:.6rem;\
    border:1px solid currentColor;font-weight:600;font-size:.85rem}
    .good{color:var(--good)}.bad,.error{color:var(--bad)}.open,.warning{color:var(--open)}
    .found{color:var(--found)}.note{color:var(--dim)}
    .findings{list-style:none;padding:0}.findings li{margin:.5rem 0}
    svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}
    svg .axis{stroke:var(--line)}svg .dot{fill:var(--dim)}svg .suspect{fill:var(--bad)}
    svg .node{fill:var(--card);stroke:var(--line)}svg .edge{stroke:var(--dim);fill:none}
    svg .suspected{stroke-dasharray:5 4}svg .label{fill:var(--dim);font-size:11px}
    """
}
