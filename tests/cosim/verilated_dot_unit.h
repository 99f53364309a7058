// SPDX-License-Identifier: Apache-2.0
// Any Verilated harness as a DotUnit.
#pragma once

#include <verilated.h>

#include "tests/cosim/dot_unit.h"

namespace binade::cosim {

template <class Module>
class VerilatedDotUnit final : public DotUnit {
 public:
  VerilatedDotUnit() { reset(); }
  ~VerilatedDotUnit() override { module_.final(); }

  void reset() override {
    module_.clk_i = 0;
    module_.rst_ni = 1;
    module_.eval();
    module_.rst_ni = 0;
    module_.eval();
    clock({});
    module_.rst_ni = 1;
    module_.eval();
  }

  const DotPinsOut& clock(const DotPinsIn& in) override {
    module_.enable_i = in.enable;
    module_.valid_i = in.valid;
    module_.load_i = in.load;
    module_.close_i = in.close;
    module_.restore_i = in.restore;
    module_.save_i = in.save;
    module_.a_i = in.a;
    module_.b_i = in.b;
    module_.product_shift_i = static_cast<std::uint8_t>(in.product_shift);
    module_.step_rounding_i = static_cast<std::uint8_t>(in.step_rounding);
    module_.lane_shift_i = static_cast<std::uint8_t>(in.lane_shift);
    module_.lane_valid_i = in.lane_valid;
    module_.bias_valid_i = in.bias_valid;
    module_.bias_i = in.bias;
    module_.bias_shift_i = static_cast<std::uint8_t>(in.bias_shift);
    module_.relu_i = in.relu;
    module_.raw_i = in.raw;
    module_.rounding_i = static_cast<std::uint8_t>(in.rounding);
    module_.seed_i = in.seed;
    module_.tensor_i = in.tensor;
    module_.index_i = in.index;
    module_.clk_i = 0;
    module_.eval();
    module_.clk_i = 1;
    module_.eval();
    out_ = {module_.step_events_o, module_.product_events_o, module_.lane_valid_o != 0, module_.code_o,         module_.events_o,
            module_.bias_events_o, module_.block_events_o,   module_.magnitude_o,       module_.overflow_o != 0};
    return out_;
  }

 private:
  VerilatedContext context_;
  Module module_{&context_};
  DotPinsOut out_;
};

template <class Module>
std::unique_ptr<DotUnit> make_verilated_dot_unit() {
  return std::make_unique<VerilatedDotUnit<Module>>();
}

}  // namespace binade::cosim
