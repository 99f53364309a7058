// SPDX-License-Identifier: Apache-2.0
// The compute queue: waits for operands and output space, then hands the descriptor to the core or the vector unit. A
// descriptor starts on the clock on which the one before it ends, if its tokens are there.
#pragma once

#include "hw/compute/core_unit.h"
#include "hw/compute/vector_unit.h"
#include "hw/engines/engine.h"

namespace binade::hw {

class ComputeEngine : public Engine {
 public:
  ComputeEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks, CoreUnit& core,
                VectorUnit& vector);
  struct Tokens {
    TokenQueue& from_load;   ///< operands
    TokenQueue& to_load;     ///< free operand buffers
    TokenQueue& from_store;  ///< output space
    TokenQueue& to_store;    ///< results
  };
  void connect(const Tokens& tokens) { tokens_ = std::make_unique<Tokens>(tokens); }
  void flush() override;
  std::string activity() const override;

 private:
  enum class State { Idle, Operands, Space, Active };

  void step();
  bool next_command(Cycle now);
  bool take(bool wanted, TokenQueue& tokens, spec::Counter stall, Cycle now);
  void start(Cycle now);
  void done();
  std::string_view operation() const;

  CoreUnit& core_;
  VectorUnit& vector_;
  std::unique_ptr<Tokens> tokens_;
  State state_ = State::Idle;
  Cycle start_ = 0;
};

}  // namespace binade::hw
