// SPDX-License-Identifier: Apache-2.0
// The command port fields of a Gemm record.
#pragma once

#include "models/datapath/core.h"
#include "models/spec/isa.h"

namespace binade::hw {

datapath::CoreCommand core_command(const spec::Gemm& gemm);

}  // namespace binade::hw
