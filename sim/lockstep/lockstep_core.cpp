// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/lockstep_core.h"

#include <utility>

namespace binade::lockstep {

LockstepCore::LockstepCore(std::unique_ptr<datapath::SteppedCore> model, std::unique_ptr<datapath::SteppedCore> rtl,
                           ReportOptions options)
    : model_(std::move(model)),
      rtl_(std::move(rtl)),
      options_(std::move(options)),
      comparer_(*model_, *rtl_),
      recording_(model_->config()) {}

void LockstepCore::reset() {
  comparer_.reset();
  recording_.clear();
}

void LockstepCore::clock(const datapath::CorePinsIn& in) {
  // A command with first_k finds no state: nothing before it is needed to play it again.
  if (comparer_.idle() && in.command != nullptr && in.command->first_k) recording_.clear();
  recording_.edge(in, model_->pins());
  if (const auto difference = comparer_.clock(in)) fail(*difference);
}

void LockstepCore::fail(const Difference& difference) const { report_mismatch(config(), recording_, difference, options_); }

}  // namespace binade::lockstep
