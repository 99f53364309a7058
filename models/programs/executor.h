// SPDX-License-Identifier: Apache-2.0
// Executes programs on a machine, pass by pass: tensors live from their write to their last reader.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "models/programs/layer_execution.h"
#include "models/programs/program.h"

namespace binade::programs {

/// What an executor asks of whoever runs a program, and tells him.
class Host {
 public:
  virtual ~Host() = default;
  /// The values of the current pass of a tensor that the machine has not written, `samples` times its extents.
  virtual numerics::Reals values(int tensor) = 0;
  virtual operations::LayerParameters parameters(int layer) = 0;
  /// Before each operation. False: it is left out, and its output is values() where it is read.
  virtual bool begins(const Operation& /*operation*/, const operations::Call& /*call*/) { return true; }
  /// After each operation that was not left out. The operands are still the machine's.
  virtual void executed(const Operation& /*operation*/, const operations::Call& /*call*/, const LayerExecution& /*execution*/) {}
  /// No operation of the pass reads the tensor any more.
  virtual void dropped(int /*tensor*/) {}
  /// After each operation, left out or not, and after what it drops. False ends the pass.
  virtual bool ended(const Operation& /*operation*/) { return true; }
};

class Executor {
 public:
  /// All outlive the executor. `program` has formats (formats.h).
  Executor(const Program& program, Machine& machine, ExponentBook& book, const ExecutionOptions& options, Host& host);

  /// One pass over `samples` samples, the first of which is sample `first_sample` of the run.
  void run_pass(std::int64_t samples, std::int64_t first_sample);

 private:
  StoredTensor live(int tensor);
  void drop(int tensor);

  const Program& program_;
  Machine& machine_;
  ExponentBook& book_;
  const ExecutionOptions& options_;
  Host& host_;
  std::int64_t samples_ = 0, first_sample_ = 0;
  std::map<int, StoredTensor> live_;
  std::map<int, int> readers_;  ///< of the pass, still to come
};

}  // namespace binade::programs
