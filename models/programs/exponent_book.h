// SPDX-License-Identifier: Apache-2.0
// Exponents of the tensors of one program, across passes: who chooses, when, and from what. A manager belongs to the operation that
// writes a tensor; readers use the writer's exponent. It is recorded once per write and predicted before the next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "models/exponent/autoflex.h"
#include "models/exponent/delayed_scale.h"
#include "models/exponent/quantize.h"
#include "models/exponent/sdfp.h"
#include "models/programs/machine.h"
#include "models/programs/program.h"

namespace binade::programs {

struct ExponentOptions {
  std::string flex_preset = "paper";  ///< Autoflex: paper | ngraph (docs/fidelity.md 1.4, 1.5)
  exponent::SdfpBias sdfp{.weights = 0, .activations = 0, .gradients = 0};
  int add_shift = 0;  ///< dfp, sdfp: headroom bits (docs/fidelity.md 4.2) of tensors of which nothing else is said
  std::uint32_t seed = 0;
  bool passes_age = false;  ///< training: a backward pass makes histories older by one too, not the step as a whole
};

class ExponentBook {
 public:
  explicit ExponentBook(const ExponentOptions& options) : options_(options) {}

  /// Before anything of a forward pass is written.
  void begin_pass() {
    if (!frozen_) ++passes_;
  }
  /// Before anything of a backward pass is.
  void begin_backward() {
    if (!frozen_ && options_.passes_age) ++passes_;
  }
  /// Frozen, as in an evaluation, exponents that histories predict stay as they are, and no write is recorded.
  void freeze(bool frozen) { frozen_ = frozen; }

  /// All that predictions follow from.
  struct State {
    std::uint64_t passes = 0;
    std::map<int, exponent::AutoflexState> histories;   ///< by writer
    std::map<int, exponent::ScaleHistory> scales = {};  ///< likewise
  };
  State state() const;
  /// The histories are of formats with these mantissa widths.
  void restore(const State& state, const std::function<int(int writer)>& bits_of);

  /// How a tensor that the host writes is quantised: exponent and rounding, so that any range of it can be (store()). flex rounds
  /// toward zero, as ngraph's host does (docs/fidelity.md 1.2), unless rounding is stochastic; the others round as they are told.
  /// `stream`: of stochastic rounding. `add_shift`, here and below: headroom bits, where something is said of the tensor's.
  exponent::QuantizeOptions quantisation(const operations::ElementFormat& encoding, const numerics::Reals& values,
                                         exponent::TensorClass tensor_class, std::uint32_t stream,
                                         std::optional<int> lsb_exponent = {}, std::optional<int> add_shift = {}) const;
  /// The exponent that quantisation() would choose, before it is held within a descriptor's range.
  int exponent_of(const operations::ElementFormat& encoding, const numerics::Reals& values, exponent::TensorClass tensor_class,
                  std::optional<int> add_shift = {}) const {
    return tensor_exponent(encoding.format, values, how(encoding, tensor_class, 0, add_shift));
  }
  /// A tensor that the host writes again and again keeps an Autoflex history over passes: its first exponent is the data's, later
  /// ones are predicted. `first_element`: index of values[0] in the run's whole tensor.
  exponent::QuantizeOptions written_quantisation(int writer, const operations::ElementFormat& encoding,
                                                 const numerics::Reals& values, exponent::TensorClass tensor_class,
                                                 std::uint32_t stream, std::uint64_t first_element = 0,
                                                 std::optional<int> add_shift = {});
  /// Once it is written.
  void record_written(int writer, const StoredTensor& written);

  /// flex: the exponent for the next write; on a writer's first, Algorithm 1 over `max_abs_of_run`.
  struct FlexChoice {
    int exponent = 0;
    std::optional<int> tries;  ///< runs that Algorithm 1 took; absent where the history predicted
  };
  FlexChoice choose_flex(int writer, const numerics::FormatSpec& format, const std::function<std::uint64_t(int)>& max_abs_of_run);
  /// flex: once per write when it is complete.
  void record_flex(int writer, std::uint64_t max_abs);

  /// Floats with a scale: that of a write whose largest magnitude is `max_abs`, which the next one's follows from; 0 before the
  /// first that is above 0 and finite.
  int choose_scale(int writer, const numerics::FormatSpec& format, const exponent::ScaleRule& rule, double max_abs);

  /// dfp, sdfp: from the statistics of the finished raw tensor.
  int choose_after(const numerics::FormatSpec& format, const TensorStats& stats, int raw_exponent,
                   std::optional<int> add_shift = {}, exponent::TensorClass tensor_class = exponent::TensorClass::Activation) const;
  /// dfp, sdfp: of tensors that are joined: the coarsest of those that are not zero, so that none saturates.
  static int choose_coarsest(std::span<const StoredTensor> parts);

 private:
  exponent::QuantizeOptions how(const operations::ElementFormat& encoding, exponent::TensorClass tensor_class, std::uint32_t stream,
                                std::optional<int> add_shift) const;
  const exponent::AutoflexParameters& autoflex(const numerics::FormatSpec& format);

  const ExponentOptions options_;
  std::map<int, exponent::AutoflexParameters> parameters_;  ///< by mantissa width
  std::map<int, exponent::Autoflex> history_;               ///< by writer
  std::map<int, exponent::ScaleHistory> scales_;            ///< by writer
  bool frozen_ = false;
  std::uint64_t passes_ = 0;  ///< ngraph's global age: it counts calls of a group of kernels, here a forward pass
};

}  // namespace binade::programs
