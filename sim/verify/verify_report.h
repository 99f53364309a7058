// SPDX-License-Identifier: Apache-2.0
// What `binade verify` says of a run.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/verify/engine.h"

namespace binade::verify {

/// The run as the user asked for it.
struct Task {
  std::string unit, format;
  std::string accumulate;  ///< the policy; empty: of a unit that adds no products
  std::string rounding;    ///< the mode, or those of --rounding
  std::string module;      ///< rtl::describe of what was built
  std::string stimulus;    ///< corner random exhaustive, or the trace file
  std::string stalls;
  std::uint64_t seed = 0;
  std::string mismatch_file;  ///< where the first failing block went; empty: nowhere
  std::string replay;         ///< the command that replays it
  std::string unwritten;      ///< why there is no such file although there should be; empty: all is well
};

/// One line a mismatch: "MISMATCH block 3 clock 17: next_o: expected 0x10, got 0x18".
std::string line_of(const Mismatch& mismatch);

std::string to_text(const Task& task, const Unit& unit, const Outcome& outcome);
/// Schema `binade-verify-report`.
nlohmann::ordered_json to_json(const Task& task, const Unit& unit, const Outcome& outcome);
/// docs/verify-report.schema.json.
nlohmann::ordered_json report_schema();

}  // namespace binade::verify
