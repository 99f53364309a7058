// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html_page.h"

#include <fmt/format.h>

#include "sim/report/svg.h"

namespace binade::sim {
namespace {

// Series colours are told apart by readers with colour-vision deficiency (Okabe and Ito 2008), lightened on dark pages.
constexpr std::string_view kStyle = R"(<style>
:root { color-scheme: light dark; --page: #fbfbf9; --card: #ffffff; --ink: #1d2329; --soft: #66707a; --line: #e2e4e1; --accent: #0b6e99;
  --c0: #0072b2; --c1: #009e73; --c2: #e69f00; --c3: #d55e00; --c4: #cc79a7; --c5: #8a8f98; --c6: #f0c542; --c7: #8c564b; --c8: #d7dadd; --c9: #3b4cc0; --c10: #7a9a01; --c11: #b40426; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --card: #1c2227; --ink: #e6e9eb; --soft: #98a2ab; --line: #2e363d; --accent: #58b4dc;
  --c0: #4aa3df; --c1: #3cc29a; --c2: #f0b33a; --c3: #ee7f3c; --c4: #dd9bc2; --c5: #9aa1aa; --c6: #f3d775; --c7: #b78a80; --c8: #3f474e; --c9: #8b9aff; --c10: #b5d334; --c11: #ff6b7a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; margin: 0; letter-spacing: -0.01em; } h1 b { color: var(--accent); font-weight: 600; }
h2 { font-size: 17px; margin: 0 0 4px; } header p, .hint { color: var(--soft); margin: 4px 0 12px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin-top: 18px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile span { display: block; color: var(--soft); font-size: 12px; } .tile strong { font-size: 21px; font-weight: 600; white-space: nowrap; }
.warning { border-color: var(--c3); }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 12px; fill: var(--ink); } svg .tick, svg .note { fill: var(--soft); font-size: 11px; }
svg .grid { stroke: var(--line); } .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 10px; font-size: 13px; color: var(--soft); }
.swatch { display: inline-block; width: 10px; height: 10px; margin-right: 6px; }
.s0 { fill: var(--c0); } .s1 { fill: var(--c1); } .s2 { fill: var(--c2); } .s3 { fill: var(--c3); } .s4 { fill: var(--c4); } .s5 { fill: var(--c5); }
.s6 { fill: var(--c6); } .s7 { fill: var(--c7); } .s8 { fill: var(--c8); }
.s9 { fill: var(--c9); } .s10 { fill: var(--c10); } .s11 { fill: var(--c11); }
.line { fill: none; stroke-width: 2; } .dashed { stroke-dasharray: 5 4; } .spark { width: 120px; height: 22px; display: inline-block; vertical-align: middle; }
.l0 { stroke: var(--c0); } .l1 { stroke: var(--c1); } .l2 { stroke: var(--c2); } .l3 { stroke: var(--c3); } .l4 { stroke: var(--c4); } .l5 { stroke: var(--c5); }
.l6 { stroke: var(--c6); } .l7 { stroke: var(--c7); } .l8 { stroke: var(--c8); } .l9 { stroke: var(--c9); } .l10 { stroke: var(--c10); } .l11 { stroke: var(--c11); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; } .pairs td { text-align: left; white-space: normal; }
details summary { cursor: pointer; color: var(--accent); } code { font-size: 12px; overflow-wrap: anywhere; }
</style>
)";

}  // namespace

std::string html_page(std::string_view title, const std::string& body, const std::string& head) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n{}{}</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
      escaped(title), kStyle, head, body);
}

std::string html_section(std::string_view title, std::string_view hint, const std::string& content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p class=\"hint\">{}</p>\n{}</section>\n", escaped(title), escaped(hint), content);
}

}  // namespace binade::sim
