// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/lockstep/faulty_core.h"

#include "models/numerics/error.h"

namespace binade::lockstep::test {

void FaultyCore::clock(const datapath::CorePinsIn& in) {
  const bool leaves = in.out_ready && core_->pins().out != nullptr;
  shown_ = core_->pins().out != nullptr && !leaves;
  vectors_ += leaves ? 1 : 0;
  core_->clock(in);
  if (fault_ == Fault::FailedAssertion && vectors_ == 1) throw InvariantError("rtl core: core.sv: one assertion failed");
  show();
}

void FaultyCore::show() {
  pins_ = core_->pins();
  clocks_ = core_->clocks();
  stats_ = core_->stats();
  if (pins_.out != nullptr) {
    lanes_.assign(pins_.out, pins_.out + config().cols);
    pins_.out = lanes_.data();
  }
  switch (fault_) {
    case Fault::None:
    case Fault::FailedAssertion:
      break;
    case Fault::FlippedBit:
      if (pins_.out != nullptr) lanes_[0] ^= 1;
      break;
    case Fault::SwappedLanes:
      if (pins_.out != nullptr) std::swap(lanes_[0], lanes_[1]);
      break;
    case Fault::DroppedVector:
      if (vectors_ == 0) pins_.out = nullptr;
      break;
    case Fault::LateVector:
      if (!shown_) pins_.out = nullptr;
      break;
    case Fault::CommandNotReady:
      pins_.command_ready = false;
      break;
    case Fault::ANotReady:
      pins_.a_ready = false;
      break;
    case Fault::BNotReady:
      pins_.b_ready = false;
      break;
    case Fault::NeverDone:
      pins_.done = false;
      break;
    case Fault::WrongCounter:
      ++clocks_.stall_b;
      break;
    case Fault::WrongStatistic:
      ++stats_.events.inexact;
      break;
    case Fault::WrongHistogram:
      ++stats_.leading_bit[3];
      break;
  }
}

}  // namespace binade::lockstep::test
