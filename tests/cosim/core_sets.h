// SPDX-License-Identifier: Apache-2.0
// The Verilated cores of tests/cosim/CMakeLists.txt.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "models/datapath/core.h"

namespace binade::cosim {

struct CoreSet {
  std::string name;
  datapath::CoreConfig config;  ///< the static parameters; overlap and edge are commands'
  int bank_rows = 0, bias_blocks = 0;
  std::unique_ptr<datapath::SteppedCore> (*make)(const datapath::CoreConfig&) = nullptr;
};
std::span<const CoreSet> core_sets();

}  // namespace binade::cosim
