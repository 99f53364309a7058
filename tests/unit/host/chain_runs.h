// SPDX-License-Identifier: Apache-2.0
// Random chains on a machine: what it makes of them, to be compared with another's.
#pragma once

#include <algorithm>
#include <vector>

#include "hw/config.h"
#include "models/programs/machine.h"
#include "models/programs/storage.h"
#include "tests/unit/operations/chain_cases.h"

namespace binade::tests {

/// A chain, and the platform's formats that it needs.
inline std::vector<operations::ElementFormat> formats_of(const operations::test::Case& one) {
  std::vector<operations::ElementFormat> all;
  const auto add = [&](const operations::ElementFormat& format) {
    if (std::find(all.begin(), all.end(), format) == all.end()) all.push_back(format);
  };
  for (const auto& tensor : one.tensors) add({tensor.format});
  for (const auto& constant : one.form.constants) add(constant.in);
  for (const auto& step : one.form.steps) add(step.to);
  for (const auto& result : one.results) add(result);
  return all;
}

struct ChainOutcome {
  std::vector<std::vector<std::byte>> bytes;
  std::vector<std::uint64_t> largest, overflows;
  bool operator==(const ChainOutcome&) const = default;
};

inline ChainOutcome run_on(programs::Machine& machine, const datapath::CoreMode& mode, const operations::test::Case& one) {
  programs::Work work;
  work.mode = mode;
  work.seed = 5;
  const auto stored = [&](const numerics::FormatSpec& format, int exponent, std::int64_t elements) {
    programs::StoredTensor tensor;
    tensor.format = format;
    tensor.elements = elements;
    tensor.magnitude.exponent = exponent;
    tensor.address = machine.allocate(tensor.bytes());
    return tensor;
  };
  for (const auto& tensor : one.tensors) {
    work.inputs.push_back(
        stored(tensor.format, tensor.exponent, static_cast<std::int64_t>(tensor.bytes.size()) / tensor.format.storage_bytes()));
    machine.write(work.inputs.back().address, tensor.bytes);
  }
  for (std::size_t i = 0; i < one.results.size(); ++i) {
    const programs::StoredTensor out = stored(one.results[i].format, one.exponents[i], one.form.out + one.form.outputs);
    machine.write(out.address, std::vector<std::byte>(static_cast<std::size_t>(out.bytes())));
    if (i == 0) {
      work.output = out;
      work.tensor = 11;
      work.mode.accumulate.rounding = one.results[i].rounding;
    } else {
      work.further.push_back({out, one.results[i].rounding, static_cast<std::uint32_t>(11 + i)});
    }
  }
  ChainOutcome outcome;
  for (const programs::TensorStats& stats : machine.run(one.form, work)) {
    outcome.largest.push_back(stats.max_abs);
    outcome.overflows.push_back(stats.overflows);
  }
  outcome.bytes.push_back(programs::read_bytes(machine, work.output));
  for (const auto& further : work.further) outcome.bytes.push_back(programs::read_bytes(machine, further.tensor));
  return outcome;
}

}  // namespace binade::tests
