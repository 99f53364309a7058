// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a training run, as the loop around it sees it: one step, an evaluation, and a state that can be put away and
// taken up again. What formats, recipes and executors do is behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/operations/tensor.h"
#include "sim/data/saved_array.h"

namespace binade::sim {

struct StepResult {
  double loss = 0;  ///< mean over the samples
  std::int64_t correct = 0, samples = 0;
  bool lasts = true;  ///< of a step: all that later ones read is finite numbers
};

/// A tensor of a step as it was stored. Keys (docs/training.md): act.LAYER, delta.LAYER_out, delta.LAYER_in, grad.P, velocity.P,
/// weight.P, logits, softmax.exp, softmax.sum, dloss.
struct Captured {
  std::string key;
  std::vector<std::int64_t> shape;
  int element_bytes = 0;         ///< 1, 2, 4: codes; 8: doubles
  std::vector<std::byte> bytes;  ///< row-major, little-endian
  std::optional<int> exponent;   ///< of formats with a shared one
};

/// Of one tensor as one pass writes it, since the last call of Session::history().
struct TensorHistory {
  std::string tensor;                ///< by its name in the network
  std::string pass;                  ///< a word of models/spec/recipe.def
  std::optional<int> exponent = {};  ///< of the last write, in formats with a shared one
  std::uint64_t writes = 0;          ///< elements
  std::uint64_t overflows = 0, underflows = 0;
};

class Session {
 public:
  virtual ~Session() = default;

  /// One step: forward, backward, update. `x`: samples row-major, as many as `y` has labels; `step`: how many steps were done
  /// before, which all that is drawn follows from. `capture`: null, or where the step's tensors go, in the order of their
  /// computation.
  virtual StepResult step(std::span<const float> x, std::span<const std::int64_t> y, double lr, std::uint64_t step,
                          std::vector<Captured>* capture) = 0;
  /// A forward pass that changes nothing that later steps or save() see.
  virtual StepResult evaluate(std::span<const float> x, std::span<const std::int64_t> y) = 0;
  /// After a step whose loss is no number, or that does not last: the first tensor, in the order of computation, with an element
  /// that is none. Empty: none.
  virtual std::string first_bad_tensor() const = 0;

  /// Counts of steps since the last call; evaluations have none. They are the caller's to keep, save() does not hold them.
  virtual std::vector<TensorHistory> history() = 0;

  /// A line a tensor: its name, class, format, policy, rounding.
  virtual std::string formats() const = 0;

  /// What learns, as the optimiser holds it, keys being the names of parameters: codes, and values.
  virtual std::vector<Captured> parameter_codes() const = 0;
  virtual operations::Parameters parameters() const = 0;

  /// Everything that a bit-for-bit continuation needs: codes, exponents, their histories. restore() of what no run of these
  /// parts has saved after that many steps throws InputError, naming the array; the session is of no use then.
  virtual std::map<std::string, SavedArray> save() const = 0;
  virtual void restore(const std::map<std::string, SavedArray>& saved, std::uint64_t steps) = 0;
};

}  // namespace binade::sim
