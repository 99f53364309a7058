// SPDX-License-Identifier: Apache-2.0
// YAML that holds more than one reads.
#pragma once

#include <string>

namespace binade::sim {

/// What YAML::Load leaves unread. (YAML::LoadAll does not end where a document consumes nothing, as "," does.)
bool has_more_documents(const std::string& text);

}  // namespace binade::sim
