// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/seal.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "sim/host/digest.h"

namespace binade::sim {
namespace {

constexpr const char* kChecksum = "checksum";

std::string checksum_of(nlohmann::ordered_json report) {
  report.erase(kChecksum);
  Digest digest;
  digest.update(report.dump());
  return digest.hex();
}

}  // namespace

nlohmann::ordered_json sealed(nlohmann::ordered_json report) {
  report[kChecksum] = checksum_of(report);
  return report;
}

bool seal_holds(const nlohmann::ordered_json& report) {
  return report.is_object() && report.contains(kChecksum) && report[kChecksum] == checksum_of(report);
}

}  // namespace binade::sim
