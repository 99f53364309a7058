// SPDX-License-Identifier: Apache-2.0
// The frame of the HTML reports: style sheet, head, sections.
#pragma once

#include <string>
#include <string_view>

namespace binade::sim {

/// A whole document. `body` is HTML; `title` is text; `head`: more of it, HTML.
std::string html_page(std::string_view title, const std::string& body, const std::string& head = {});
/// A card. `title` and `hint` are text, `content` is HTML.
std::string html_section(std::string_view title, std::string_view hint, const std::string& content);

}  // namespace binade::sim
