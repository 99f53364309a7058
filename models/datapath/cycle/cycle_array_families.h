// SPDX-License-Identifier: Apache-2.0
// One factory per PE family, each compiled alone.
#pragma once

#include "models/datapath/cycle/cycle_array.h"

namespace binade::datapath {

std::unique_ptr<CycleArray> make_integer_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_blocked_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_quire_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_serial_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_integer_serial_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_posit_serial_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_fp32_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_chained_array(const CoreConfig& config);
std::unique_ptr<CycleArray> make_literal_array(const CoreConfig& config);

}  // namespace binade::datapath
