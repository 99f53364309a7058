// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/cycle_array.h"

#include "models/datapath/cycle/cycle_array_families.h"
#include "models/datapath/pe/dispatch.h"
#include "models/numerics/error.h"

namespace binade::datapath {

std::unique_ptr<CycleArray> make_cycle_array(const CoreConfig& config) {
  switch (pe_family(config)) {
    case PeFamily::Integer:
      return make_integer_array(config);
    case PeFamily::Blocked:
      return make_blocked_array(config);
    case PeFamily::Quire:
      return make_quire_array(config);
    case PeFamily::Serial:
      return make_serial_array(config);
    case PeFamily::IntegerSerial:
      return make_integer_serial_array(config);
    case PeFamily::PositSerial:
      return make_posit_serial_array(config);
    case PeFamily::Fp32:
      return make_fp32_array(config);
    case PeFamily::Chained:
      return make_chained_array(config);
    case PeFamily::Literal:
      return make_literal_array(config);
  }
  throw InvariantError("cycle core: no such PE family");
}

}  // namespace binade::datapath
