// SPDX-License-Identifier: Apache-2.0
// The float64 reference of a network's outputs, computed once for runs that differ in their machines and formats alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/host/run_spec.h"

namespace binade::sim {

class SharedReference {
 public:
  /// Of a forward pass with values, batch normalisations as they are. Holds nothing where it would be more than 2^25 values.
  explicit SharedReference(const RunSpec& spec);

  /// Of the tensor of that name in the pass that begins with that sample; null: not here.
  const std::vector<double>* find(const std::string& output, std::int64_t first_sample) const;

 private:
  std::map<std::pair<std::string, std::int64_t>, std::vector<double>> outputs_;
};

}  // namespace binade::sim
