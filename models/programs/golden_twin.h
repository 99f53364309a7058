// SPDX-License-Identifier: Apache-2.0
// A golden machine with copies of one work's tensors: what the golden model makes of operands that another machine holds, while
// that machine neither sees nor counts it.
#pragma once

#include <optional>
#include <utility>

#include "models/programs/golden_machine.h"
#include "models/programs/layer_execution.h"

namespace binade::programs {

class GoldenTwin {
 public:
  /// Operands are copied, results have places of their own.
  GoldenTwin(Machine& machine, const datapath::CoreConfig& core, int threads, const Work& work);

  GoldenMachine& machine() { return golden_; }
  /// The same work on the twin.
  Work& work() { return work_; }

 private:
  GoldenMachine golden_;
  Work work_;
};

/// Runs of one work on the golden model at one exponent after another, as Algorithm 1 tries them. Operands are copied with the
/// first.
class GoldenTries {
 public:
  /// All outlive it.
  GoldenTries(Machine& machine, const ExecutionOptions& options, const Work& work)
      : machine_(machine), options_(options), work_(work) {}

  /// What `run(machine, work)` gives on the twin.
  template <class Run>
  auto operator()(Run run) {
    if (options_.golden_work) options_.golden_work(true);
    if (!twin_) twin_.emplace(machine_, options_.core, options_.threads, work_);
    auto result = run(twin_->machine(), twin_->work());
    if (options_.golden_work) options_.golden_work(false);
    return result;
  }

 private:
  Machine& machine_;
  const ExecutionOptions& options_;
  const Work& work_;
  std::optional<GoldenTwin> twin_;
};

}  // namespace binade::programs
