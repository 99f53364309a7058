// SPDX-License-Identifier: Apache-2.0
// report.html of a run, and what several have beside one another: self-contained, no script, no external resource; follows the
// reader's dark or light preference.
#pragma once

#include <span>
#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

/// `comparison`: a link to the page that has the run beside others; empty: none.
std::string to_html(const RunReport& report, const std::string& comparison = {});
/// To a run by its name on such a page: the file's name with a fragment that picks the run.
std::string link_to_run(const std::string& page, const std::string& name);
/// At least one run, side by side. `pages`: links to the page of each, empty ones and missing ones none.
std::string comparison_to_html(std::span<const RunReport> reports, std::span<const std::string> pages = {});
/// What is within that page.
std::string comparison_body(std::span<const RunReport> reports, std::span<const std::string> pages);

}  // namespace binade::sim
