// SPDX-License-Identifier: Apache-2.0
#include "sim/run/tensor_digest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

namespace binade::sim {

void add_tensors(const std::map<std::string, operations::Tensor>& tensors, Digest& digest) {
  for (const auto& [name, tensor] : tensors) {
    digest.update(fmt::format("{}:{} ({})", name.size(), name, fmt::join(tensor.shape, ", ")));
    tensor.reals().each_range([&](std::int64_t, std::span<const double> range) { digest.update(std::as_bytes(range)); });
  }
}

void add_inputs(const RunSpec& spec, Digest& digest) {
  add_tensors(spec.inputs, digest);
  if (spec.labels) digest.update(std::as_bytes(std::span(*spec.labels)));
}

}  // namespace binade::sim
