// SPDX-License-Identifier: Apache-2.0
// One layer on a machine: parameters and exponents in, one or two passes of forms, codes out. The order in which tensors are
// written, exponents chosen and passes run is here alone, so every machine has the same.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/operations/operation_table.h"
#include "models/programs/exponent_book.h"
#include "models/programs/golden_arithmetic.h"
#include "models/programs/storage.h"

namespace binade::programs {

struct ExecutionOptions {
  datapath::CoreConfig core;
  std::uint32_t seed = 0;
  int threads = 1;                                 ///< of the golden model's products in Algorithm 1; changes no result
  bool initialise_on_machine = false;              ///< flex: Algorithm 1's runs are the machine's, not the golden model's
  bool values = true;                              ///< false: tensors have places and no values, and exponents are 0
  std::function<void(bool begins)> golden_work{};  ///< told of the golden model's runs; may be empty
  Divide divide{};  ///< of a training step's tensors on the machine, as they are written and measured
};

/// Width of the integers of an operation's first pass: formats whose exponent follows from the finished tensor store what the core
/// or the vector unit has, exactly, before they round it. 0: there is one pass, of codes. `core`: its rows and columns.
int first_pass_bytes(const datapath::CoreConfig& core, const datapath::CoreMode& mode, const operations::Call& call,
                     std::span<const StoredTensor> inputs);

class LayerExecution {
 public:
  /// `parameters`: what the layer multiplies and adds with. All outlive the execution.
  LayerExecution(Machine& machine, ExponentBook& book, const ExecutionOptions& options, const operations::Call& call,
                 const Operation& operation, const operations::LayerParameters& parameters, std::vector<StoredTensor> inputs);
  /// What was allocated beside the output ends with it.
  ~LayerExecution();
  LayerExecution(const LayerExecution&) = delete;
  LayerExecution& operator=(const LayerExecution&) = delete;

  /// Runs the layer. The output is the caller's to release.
  StoredTensor run();

  /// The operands, as the machine has them, and the output.
  const Work& work() const { return work_; }
  /// Runs of Algorithm 1 on the machine; absent where none was asked for or the history predicted.
  std::optional<int> tries() const { return tries_; }
  /// Distinct bytes that the layer reads and writes, what lies between its passes included.
  std::int64_t unique_bytes() const { return unique_bytes_; }

 private:
  StoredTensor allocate(const numerics::FormatSpec& format, std::int64_t elements, int raw_bytes);
  StoredTensor temporary(StoredTensor tensor);
  StoredTensor write_parameter(const numerics::FormatSpec& format, const numerics::Reals& values, operations::Stream stream,
                               std::optional<int> lsb_exponent = {});
  /// Products: the result's; they are added to sums. Otherwise that of the weights.
  const numerics::FormatSpec& bias_format() const { return gemm_ ? mode_.format.out : mode_.format.b; }
  void write_parameters();
  void run_passes();
  void run_forms();
  void run_flex();
  void run_twice(int raw_bytes);
  void scale_output();
  void check_shift() const;
  operations::Magnitudes bounds() const;

  Machine& machine_;
  ExponentBook& book_;
  const ExecutionOptions& options_;
  const operations::Call& call_;
  const operations::OperationRow& row_;
  const Operation& operation_;
  const operations::LayerParameters& parameters_;
  const datapath::CoreMode& mode_;
  const numerics::FormatSpec& format_;  ///< of the result
  std::optional<operations::GemmForm> gemm_;
  std::vector<operations::VectorForm> vectors_;
  Work work_;
  TensorStats stats_;
  std::vector<std::int64_t> temporaries_;
  std::optional<int> tries_;
  std::int64_t unique_bytes_ = 0;
};

}  // namespace binade::programs
