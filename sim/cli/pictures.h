// SPDX-License-Identifier: Apache-2.0
// The plots of a report page as pictures, drawn by Chromium.
#pragma once

#include <map>
#include <string>

namespace binade::sim {

/// By the plot's name. `page`: a document of sim/report/page.h with its library; `format`: svg or png; `plot`: that one alone, or
/// empty for all that have something to show; `width`: pixels. Throws InputError where there is no Chromium ($BINADE_CHROMIUM,
/// chromium, chromium-browser, google-chrome), or it draws nothing.
std::map<std::string, std::string> pictures_of(const std::string& page, const std::string& format, const std::string& plot,
                                               int width);

}  // namespace binade::sim
