// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/compute_engine.h"

#include <array>
#include <utility>

namespace binade::hw {
namespace {

constexpr std::string_view vector_op_name(std::int64_t op) {
  switch (static_cast<spec::VectorOp>(op)) {
#define VECTOR_OP(name, code, meaning) \
  case spec::VectorOp::name:           \
    return #name;
#include "models/spec/isa.def"
  }
  return "Vector";
}

constexpr std::string_view window_op_name(std::int64_t op) {
  switch (static_cast<spec::WindowOp>(op)) {
#define WINDOW_OP(name, code, meaning) \
  case spec::WindowOp::name:           \
    return "Windows" #name;
#include "models/spec/isa.def"
  }
  return "Windows";
}

}  // namespace

using spec::Counter;

ComputeEngine::ComputeEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks,
                             CoreUnit& core, VectorUnit& vector)
    : Engine(name, clock, config.queue_depth, std::move(hooks), Counter::ComputeIdle), core_(core), vector_(vector) {
  SC_HAS_PROCESS(ComputeEngine);
  SC_METHOD(step);
  sensitive << waker_.event();
  dont_initialize();
}

void ComputeEngine::flush() {
  Engine::flush();
  if (state_ != State::Active) state_ = State::Idle;
  waker_.wake_at(clock_.now());
}

std::string_view ComputeEngine::operation() const {
  switch (static_cast<spec::Opcode>(command_.header.opcode)) {
    case spec::Opcode::Gemm:
      return "Gemm";
    case spec::Opcode::Chain:
      return "Chain";
    case spec::Opcode::Windows:
      return window_op_name(spec::unpack<spec::Windows>(command_.words).op);
    default:
      return vector_op_name(spec::unpack<spec::Vector>(command_.words).op);
  }
}

std::string ComputeEngine::activity() const {
  static constexpr std::array kDoing{"", " waits for operands (token from load)", " waits for output space (token from store)",
                                     " runs"};
  if (state_ == State::Idle) return queue_.empty() ? "idle" : "queued";
  return std::string(operation()) + kDoing[static_cast<std::size_t>(state_)];
}

bool ComputeEngine::next_command(Cycle now) {
  const Command* next = queue_.front(now);
  if (!next) {
    became_idle(now);
    return false;
  }
  command_ = *next;
  queue_.pop(now);
  hooks_.queue_space();
  left_idle();
  state_ = State::Operands;
  return true;
}

bool ComputeEngine::take(bool wanted, TokenQueue& tokens, Counter stall, Cycle now) {
  if (!wanted || tokens.take(now)) return true;
  ledger_.enter(stall, now);
  waker_.wake_at(tokens.next_visible());
  return false;
}

void ComputeEngine::step() {
  const Cycle now = clock_.now();
  if (state_ == State::Idle && !next_command(now)) return;
  if (state_ == State::Operands) {
    if (!take(command_.header.pop_prev, tokens_->from_load, Counter::ComputeStallLoad, now)) return;
    state_ = State::Space;
  }
  if (state_ == State::Space) {
    if (!take(command_.header.pop_next, tokens_->from_store, Counter::ComputeStallStore, now)) return;
    start(now);
  }
}

void ComputeEngine::start(Cycle now) {
  ledger_.enter(Counter::ComputeBusy, now);
  state_ = State::Active;
  start_ = now;
  const auto on_done = [this] { done(); };
  switch (static_cast<spec::Opcode>(command_.header.opcode)) {
    case spec::Opcode::Gemm:
      return core_.start(spec::unpack<spec::Gemm>(command_.words), on_done);
    case spec::Opcode::Chain:
      return vector_.start(spec::unpack<spec::Chain>(command_.words), on_done);
    case spec::Opcode::Windows:
      return vector_.start(spec::unpack<spec::Windows>(command_.words), on_done);
    default:
      return vector_.start(spec::unpack<spec::Vector>(command_.words), on_done);
  }
}

void ComputeEngine::done() {
  const Cycle now = clock_.now();
  trace(operation(), start_, now);
  if (!flushed_) {
    if (command_.header.push_prev) tokens_->to_load.push(now);
    if (command_.header.push_next) tokens_->to_store.push(now);
  }
  state_ = State::Idle;
  step();
}

}  // namespace binade::hw
