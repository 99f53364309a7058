// SPDX-License-Identifier: Apache-2.0
// A dense row-major tensor of real values (binary64 references, parameters, data sets), held or made where it is used.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/numerics/reals.h"

namespace binade::operations {

struct Tensor {
  std::vector<std::int64_t> shape;  ///< outermost first; activations (sample, channel, height, width)
  std::vector<double> values;
  std::shared_ptr<const numerics::RealSource> source = nullptr;  ///< of values that are not held; `values` is empty then

  numerics::Reals reals() const { return source ? numerics::Reals(*source, elements()) : numerics::Reals(values); }
  std::int64_t elements() const {
    std::int64_t n = 1;
    for (const auto extent : shape) n *= extent;
    return n;
  }
};

/// Parameters by PyTorch name: `conv1.weight` (out, in/groups, kh, kw), `fc1.weight` (out, in), `bn1.running_mean`, ...
using Parameters = std::map<std::string, Tensor>;

}  // namespace binade::operations
