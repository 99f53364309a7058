// SPDX-License-Identifier: Apache-2.0
// Chains of training, 60,000 elements (LeNet-5's weights): nanoseconds an element and an element's step, and as a multiple of the
// literal evaluation's rate.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "models/kernels/simd/target.h"
#include "models/numerics/codec.h"
#include "models/operations/chain/activations.h"
#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/losses.h"
#include "models/operations/chain/normalisation.h"
#include "models/operations/chain/optimisers.h"

namespace binade {
namespace {

using operations::ChainCall;
using operations::ChainForm;

constexpr std::int64_t kElements = 60000;

double now_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Row {
  const char* name;
  const char* tensors;  ///< format of all operands and results
  const char* steps;
  std::function<ChainForm(const ChainCall&)> form;
};
const operations::NormSpread kImages{{100, 6}, {100, 6}};
const std::vector<Row> kRows = {
    {"sgd", "posit16", "posit16", [](const ChainCall& c) { return sgd_chain(c, {.rate = 0.1, .momentum = 0.5}); }},
    {"sgd", "fp32", "fp32", [](const ChainCall& c) { return sgd_chain(c, {.rate = 0.1, .momentum = 0.5}); }},
    {"sgd", "flex16+5", "fp32", [](const ChainCall& c) { return sgd_chain(c, {.rate = 0.1, .momentum = 0.5}); }},
    {"adam", "fp32", "fp32", [](const ChainCall& c) { return adam_chain(c, {.rate = 0.1}); }},
    {"relu_gradient", "posit8", "posit8", [](const ChainCall& c) { return activation_gradient_chain(c, {}); }},
    {"relu_gradient", "fp32", "fp32", [](const ChainCall& c) { return activation_gradient_chain(c, {}); }},
    {"tanh", "posit8", "posit8", [](const ChainCall& c) { return activation_chain(c, {operations::Activation::Tanh}); }},
    {"sigmoid_gradient", "posit8", "posit8",
     [](const ChainCall& c) { return activation_gradient_chain(c, {operations::Activation::Sigmoid}); }},
    {"cross_entropy", "posit16", "posit16",
     [](const ChainCall& c) { return cross_entropy_gradient_chain(c, 10, {.order = operations::CrossEntropyOrder::Fam}); }},
    {"normalise", "bf16", "fp32", [](const ChainCall& c) { return normalise_chain(c, kImages); }},
    {"normalise", "flex16+5", "fp32", [](const ChainCall& c) { return normalise_chain(c, kImages); }},
    {"batch_norm_gradient", "fp32", "fp32", [](const ChainCall& c) { return batch_norm_gradient_chain(c, kImages); }},
};

std::vector<std::byte> draw(const numerics::FormatSpec& format, int lsb_exponent, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  std::vector<std::byte> out(kElements * size);
  numerics::Events ignored;
  for (std::size_t at = 0; at < out.size(); at += size) {
    const double value = std::min(std::abs(normal(random)), 3.0);
    const numerics::Code code = numerics::encode(format, numerics::from_double(value), {.lsb_exponent = lsb_exponent}, ignored);
    std::memcpy(out.data() + at, &code, size);
  }
  return out;
}

void run(benchmark::State& state, const Row& row) {
  const operations::ElementFormat tensors{numerics::parse_format(row.tensors)}, steps{numerics::parse_format(row.steps)};
  const ChainForm form = row.form({.to = steps, .outputs = kElements});
  const int exponent = 3 - tensors.format.bits;
  std::vector<std::vector<std::byte>> bytes;
  std::vector<operations::ChainSource> sources;
  for (const auto& operand : form.operands) {
    bytes.push_back(draw(tensors.format, exponent, static_cast<std::uint32_t>(operand.at.input)));
    sources.push_back({tensors.format, exponent, bytes.back()});
  }
  std::vector<std::vector<std::byte>> out(form.results.size(), bytes.front());
  std::vector<operations::ChainTarget> targets;
  for (auto& one : out) targets.push_back({.format = tensors, .exponent = exponent, .bytes = one});
  operations::ChainArithmetic unit;
  double best[2] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  for (auto _ : state) {
    for (const bool literal : {false, true}) {
      const double start = now_seconds();
      literal ? unit.run_literally(form, sources, targets) : unit.run(form, sources, targets);
      best[literal ? 1 : 0] = std::min(best[literal ? 1 : 0], now_seconds() - start);
      benchmark::DoNotOptimize(out.front().data());
    }
  }
  const double nanoseconds = best[0] / kElements * 1e9;
  state.counters["ns/element"] = nanoseconds;
  state.counters["ns/step"] = nanoseconds / static_cast<double>(form.steps.size());
  state.counters["of_literal"] = best[1] / best[0];
  state.SetLabel(kernels::simd_target());
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  for (const auto& row : binade::kRows)
    benchmark::RegisterBenchmark((std::string("chain/") + row.name + '/' + row.tensors + '/' + row.steps).c_str(), binade::run,
                                 row);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
