// SPDX-License-Identifier: Apache-2.0
// Rates of the golden numerics: encode and decode per format (elements/s), dot products of the literal accumulator per format
// and policy and of the bit-identical kernels (MAC/s), host quantisation, also beside memcpy, and the two forms of the Autoflex
// prediction.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "models/exponent/autoflex.h"
#include "models/exponent/quantize.h"
#include "models/kernels/gemm.h"
#include "models/numerics/accumulator.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"

namespace binade {
namespace {

using numerics::Accumulate;
using numerics::Code;
using numerics::FormatSpec;

constexpr const char* kFormats[] = {"flex16+5", "posit8",  "posit16", "posit32", "e6m7",  "fp32",  "fp16",
                                    "bf16",     "fp8e4m3", "fp8e5m2", "dfp8",    "dfp16", "sdfp8", "fixed16.12"};
constexpr Accumulate kPolicies[] = {Accumulate::Exact, Accumulate::Blocked, Accumulate::Serial, Accumulate::Fp32};
constexpr std::size_t kElements = 4096;
constexpr std::size_t kDotLength = 256;

/// Seeded, about normal: the sum of four uniform draws.
std::vector<double> values(std::uint32_t tensor) {
  std::vector<double> result(kElements);
  for (std::size_t i = 0; i < kElements; ++i) {
    double sum = -2;
    for (std::uint64_t draw = 0; draw < 4; ++draw) sum += 0x1p-32 * numerics::random_bits(1, tensor, 4 * i + draw);
    result[i] = sum;
  }
  return result;
}

void count_items(benchmark::State& state, std::size_t items_per_iteration) {
  state.SetItemsProcessed(static_cast<std::int64_t>(items_per_iteration) * static_cast<std::int64_t>(state.iterations()));
}

void encode(benchmark::State& state, const FormatSpec& format) {
  const auto reals = values(0);
  const numerics::Quantisation how{.rounding = format.default_rounding(), .lsb_exponent = exponent::tensor_exponent(format, reals)};
  std::vector<Code> codes(kElements);
  numerics::Events events;
  for (auto _ : state) {
    numerics::encode_tensor(format, how, 0, 0, reals, codes, events);
    benchmark::DoNotOptimize(codes.data());
  }
  count_items(state, kElements);
}

void decode(benchmark::State& state, const FormatSpec& format) {
  const auto tensor = exponent::quantize_tensor(format, values(0));
  std::vector<double> reals(kElements);
  for (auto _ : state) {
    numerics::decode_tensor(tensor.view(), reals);
    benchmark::DoNotOptimize(reals.data());
  }
  count_items(state, kElements);
}

void quantize(benchmark::State& state, const FormatSpec& format) {
  const auto reals = values(0);
  for (auto _ : state) benchmark::DoNotOptimize(exponent::quantize_tensor(format, reals, {.sdfp_bias = std::nullopt}));
  count_items(state, kElements);
}

/// Binary64 values to codes at a length that leaves the second-level cache, beside memcpy of the same bytes in and out: `of_memcpy`
/// is the ratio of the two rates.
void quantise_vector(benchmark::State& state, const FormatSpec& format, numerics::Rounding rounding) {
  constexpr std::size_t kLong = 1000000;
  std::vector<double> reals(kLong);
  const auto draws = values(0);
  for (std::size_t i = 0; i < kLong; ++i) reals[i] = draws[i * 7 % draws.size()];
  const numerics::Quantisation how{.rounding = rounding, .lsb_exponent = exponent::tensor_exponent(format, reals)};
  std::vector<Code> codes(kLong);
  std::vector<char> from(kLong * (sizeof(double) + sizeof(Code)) / 2, 1), to(from.size());
  numerics::Events events;
  double quantise_seconds = 0, copy_seconds = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    numerics::encode_tensor(format, how, 1, 2, reals, codes, events);
    benchmark::DoNotOptimize(codes.data());
    const auto middle = std::chrono::steady_clock::now();
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    const auto end = std::chrono::steady_clock::now();
    quantise_seconds += std::chrono::duration<double>(middle - start).count();
    copy_seconds += std::chrono::duration<double>(end - middle).count();
    state.SetIterationTime(std::chrono::duration<double>(middle - start).count());
  }
  state.counters["of_memcpy"] = copy_seconds / quantise_seconds;
  count_items(state, kLong);
}

void literal_dot(benchmark::State& state, const FormatSpec& format, const numerics::AccumulateSpec& accumulate) {
  const auto a = exponent::quantize_tensor(format, values(0));
  const auto b = exponent::quantize_tensor(format, values(1));
  const int product_shift = format.shared_exponent() ? format.bits - 2 : 0;
  const auto accumulator = numerics::make_accumulator(format, accumulate, product_shift);
  for (auto _ : state) {
    accumulator->clear();
    for (std::size_t k = 0; k < kDotLength; ++k) accumulator->mac(a.codes[k], b.codes[k]);
    benchmark::DoNotOptimize(accumulator->result(false, 0));
  }
  count_items(state, kDotLength);
}

/// A 32 x 32 x 256 product through the bit-identical kernels.
void gemm(benchmark::State& state, const FormatSpec& format, const numerics::AccumulateSpec& accumulate) {
  constexpr std::int64_t kRows = 32;
  constexpr std::int64_t kCols = 32;
  std::vector<double> reals(kRows * kDotLength);
  const auto draws = values(0);
  for (std::size_t i = 0; i < reals.size(); ++i) reals[i] = draws[(i * 7) % draws.size()];
  const auto a = exponent::quantize_tensor(format, reals);
  for (std::size_t i = 0; i < reals.size(); ++i) reals[i] = draws[(i * 11 + 5) % draws.size()];
  const auto b = exponent::quantize_tensor(format, reals);
  datapath::CoreConfig config;
  config.format = format;
  config.accumulate = accumulate;
  datapath::CoreCommand command;
  command.m = kRows;
  command.n = command.logical_cols = kCols;
  command.k = kDotLength;
  command.product_shift = format.shared_exponent() ? format.bits - 2 : 0;
  std::vector<std::uint64_t> out(kRows * kCols);
  for (auto _ : state) {
    datapath::TileStats stats;
    kernels::gemm(config, command, {.a = a.view(), .b_t = b.view(), .bias = {}}, out, stats);
    benchmark::DoNotOptimize(out.data());
  }
  count_items(state, kRows * kCols * kDotLength);
}

void autoflex(benchmark::State& state, exponent::AutoflexArithmetic arithmetic) {
  exponent::Autoflex tensor(exponent::autoflex_preset("paper", 16), -8, arithmetic);
  std::uint64_t touch = 0;
  for (auto _ : state) {
    tensor.record(numerics::random_bits(0, 0, touch++) & 0x7fff);
    benchmark::DoNotOptimize(tensor.predict());
  }
  count_items(state, 1);
}

bool has_policy(const FormatSpec& format, const numerics::AccumulateSpec& accumulate) {
  try {
    numerics::make_accumulator(format, accumulate);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

void register_all() {
  for (const std::string word : kFormats) {
    const FormatSpec format = numerics::parse_format(word);
    benchmark::RegisterBenchmark(("encode/" + word).c_str(), encode, format);
    benchmark::RegisterBenchmark(("decode/" + word).c_str(), decode, format);
    benchmark::RegisterBenchmark(("quantize/" + word).c_str(), quantize, format);
    for (const auto rounding : {format.default_rounding(), numerics::Rounding::Sr}) {
      benchmark::RegisterBenchmark(("quantise_1e6/" + word + '/' + std::string(to_string(rounding))).c_str(), quantise_vector,
                                   format, rounding)
          ->UseManualTime();
    }
    for (const Accumulate policy : kPolicies) {
      numerics::AccumulateSpec accumulate{.policy = policy, .rounding = format.default_rounding()};
      if (!has_policy(format, accumulate)) continue;
      const std::string suffix = word + "/" + std::string(to_string(policy));
      benchmark::RegisterBenchmark(("dot_literal/" + suffix).c_str(), literal_dot, format, accumulate);
      benchmark::RegisterBenchmark(("gemm/" + suffix).c_str(), gemm, format, accumulate);
    }
  }
  benchmark::RegisterBenchmark("autoflex/published", autoflex, exponent::AutoflexArithmetic::Published);
  benchmark::RegisterBenchmark("autoflex/integer", autoflex, exponent::AutoflexArithmetic::Integer);
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  binade::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
