// SPDX-License-Identifier: Apache-2.0
// A dense row-major tensor of real values (binary64 references, parameters, data sets).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace binade::operations {

struct Tensor {
  std::vector<std::int64_t> shape;  ///< outermost first; activations (sample, channel, height, width)
  std::vector<double> values;

  std::int64_t elements() const {
    std::int64_t n = 1;
    for (const auto extent : shape) n *= extent;
    return n;
  }
};

/// Parameters by PyTorch name: `conv1.weight` (out, in/groups, kh, kw), `fc1.weight` (out, in), `bn1.running_mean`, ...
using Parameters = std::map<std::string, Tensor>;

}  // namespace binade::operations
