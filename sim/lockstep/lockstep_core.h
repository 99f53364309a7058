// SPDX-License-Identifier: Apache-2.0
// Two stepped cores as one: the model's outputs, and a MismatchError at the first clock on which the other's are not the same.
#pragma once

#include <memory>

#include "sim/lockstep/mismatch.h"

namespace binade::lockstep {

class LockstepCore final : public datapath::SteppedCore {
 public:
  /// Both have the same configuration; `rtl` is on trial.
  LockstepCore(std::unique_ptr<datapath::SteppedCore> model, std::unique_ptr<datapath::SteppedCore> rtl, ReportOptions options);

  const datapath::CoreConfig& config() const override { return model_->config(); }
  void reset() override;
  const datapath::CorePinsOut& pins() const override { return model_->pins(); }
  /// Throws MismatchError.
  void clock(const datapath::CorePinsIn& in) override;
  const datapath::TileClocks& clocks() const override { return model_->clocks(); }
  const datapath::TileStats& stats() const override { return model_->stats(); }

  /// Reports a difference that somebody else found in the command recorded last.
  [[noreturn]] void fail(const Difference& difference) const;

 private:
  std::unique_ptr<datapath::SteppedCore> model_, rtl_;
  const ReportOptions options_;
  Comparer comparer_;
  Recording recording_;
};

}  // namespace binade::lockstep
