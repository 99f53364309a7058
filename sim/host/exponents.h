// SPDX-License-Identifier: Apache-2.0
// Exponents of the tensors of one run, across passes: who chooses, when, and from what.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "models/exponent/autoflex.h"
#include "models/exponent/quantize.h"
#include "models/exponent/sdfp.h"
#include "models/numerics/accumulator.h"
#include "sim/host/device.h"
#include "sim/host/layer_program.h"
#include "sim/host/run.h"

namespace binade::sim {

class Exponents {
 public:
  explicit Exponents(const RunRequest& request);

  /// Before anything of a forward pass is written.
  void begin_pass() { ++passes_; }

  /// Host-written tensors. flex rounds toward zero, as ngraph's host does (docs/fidelity.md 1.2), unless rounding is stochastic;
  /// the others round as configured. An activation keeps an Autoflex history over passes: its first exponent is the data's, later
  /// ones are predicted.
  exponent::QuantizedTensor quantize(std::span<const double> values, exponent::TensorClass tensor_class, std::uint32_t tensor,
                                     std::optional<int> lsb_exponent = {}) const;
  /// `first_element`: index of values[0] in the run's whole tensor.
  exponent::QuantizedTensor quantize_activation(int tensor, std::span<const double> values, std::uint32_t stream,
                                                std::uint64_t first_element);

  /// flex: the exponent for the next write of a computed tensor; on its first, Algorithm 1 over `max_abs_of_run`.
  struct FlexChoice {
    int exponent = 0;
    std::optional<int> tries;  ///< runs that Algorithm 1 took; absent where the history predicted
  };
  FlexChoice choose_flex(int tensor, const std::function<std::uint64_t(int)>& max_abs_of_run);
  /// flex: once per tensor when it is complete.
  void record_flex(int tensor, std::uint64_t max_abs);

  /// dfp, sdfp: from the statistics of the finished raw tensor.
  int choose_after(const TensorStats& stats, int raw_exponent) const;
  /// dfp, sdfp: of a concatenation: the coarsest of the parts that are not zero, so that none saturates.
  int choose_concat(const std::vector<DeviceTensor>& parts) const;

 private:
  exponent::QuantizedTensor within_range(std::span<const double> values, exponent::QuantizeOptions how) const;
  exponent::QuantizeOptions options(exponent::TensorClass tensor_class, std::uint32_t tensor) const;

  const RunRequest& request_;
  const numerics::FormatSpec format_;
  exponent::AutoflexParameters autoflex_;
  exponent::SdfpBias bias_;
  std::map<int, exponent::Autoflex> history_;
  std::uint64_t passes_ = 0;  ///< ngraph's global age: it counts calls of a group of kernels, here a forward pass
};

}  // namespace binade::sim
