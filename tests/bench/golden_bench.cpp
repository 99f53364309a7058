// SPDX-License-Identifier: Apache-2.0
// The convolutions of a network on the golden model, one thread, two samples: multiply-accumulates a second, and how many times as
// fast they are as the same kernels fed with copies of codes, decoded copy by copy.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "models/exponent/quantize.h"
#include "models/networks/network.h"
#include "models/operations/operation_table.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"

namespace binade {
namespace {

using numerics::Accumulate;
using numerics::Code;

constexpr std::int64_t kSamples = 2;

struct Row {
  const char* format;
  Accumulate policy;
};
constexpr Row kRows[] = {{"posit8", Accumulate::Exact}, {"flex16+5", Accumulate::Blocked}, {"dfp8", Accumulate::Exact},
                         {"fp8e4m3", Accumulate::Fp32}, {"bf16", Accumulate::Fp32},        {"e4m7", Accumulate::Serial}};

/// Of this thread's processor time.
double now_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// One convolution and its tensors, inputs rectified.
struct Problem {
  Problem(const networks::Network& network, int layer, const datapath::CoreConfig& core, programs::Machine& machine)
      : call(networks::call_of(network, layer, kSamples)), form(operations::row(call.layer).gemm(call)) {
    const auto draw = [&](std::int64_t elements, double deviation, bool rectified) {
      std::mt19937_64 random(static_cast<std::uint64_t>(elements));
      std::normal_distribution<double> normal(0, deviation);
      std::vector<double> values(static_cast<std::size_t>(elements));
      for (double& value : values) value = rectified ? std::max(normal(random), 0.0) : normal(random);
      return values;
    };
    const numerics::FormatSpec& format = core.format.out;
    const auto place = [&](const std::vector<double>& values) {
      programs::StoredTensor stored;
      stored.elements = static_cast<std::int64_t>(values.size());
      stored.format = format;
      stored.address = machine.allocate(stored.bytes());
      exponent::QuantizeOptions how;
      if (format.shared_exponent()) how.lsb_exponent = exponent::tensor_exponent(format, values, how);
      store(machine, values, how, stored);
      return stored;
    };
    const auto inputs = draw(kSamples * call.in(0).elements(), 1, true);
    const auto weights =
        draw(form.shape.count * form.shape.n * form.shape.k, 1 / std::sqrt(static_cast<double>(form.shape.k)), false);
    a = exponent::quantize_tensor(format, inputs);
    b = exponent::quantize_tensor(format, weights);
    work.mode = mode_of(core, 0);
    work.inputs = {place(inputs)};
    work.weight = place(weights);
    if (form.shape.bias) work.bias = place(draw(call.out().channels, 0.1, false));
    work.bias.magnitude.exponent = product_exponent(form, work.magnitudes());  // not finer than a product
    work.output.elements = call.outputs();
    work.output.format = core.format.out;
    work.output.raw_bytes = datapath::stores_raw(core) ? datapath::output_bytes(core) : 0;
    work.output.magnitude.exponent = work.output.raw_bytes != 0 ? work.bias.magnitude.exponent : 3 - (core.format.out.bits - 1);
    work.output.address = machine.allocate(work.output.bytes());
    macs = static_cast<double>(form.shape.count * form.shape.m * form.shape.n * form.shape.k);
  }

  operations::Call call;
  operations::GemmForm form;
  exponent::QuantizedTensor a, b;
  programs::Work work;
  double macs = 0;
};

/// The same products from rows of codes, each row copied out of the tensor for itself.
class FromCopies {
 public:
  explicit FromCopies(const datapath::CoreConfig& core) : core_(core), kernel_(kernels::make_tile_kernel(core_)) {}

  void run(const Problem& problem) {
    const auto& shape = problem.form.shape;
    const programs::Shifts shifts = shifts_of(problem.form, problem.work);
    const std::vector<Code> bias(static_cast<std::size_t>(shape.n));
    for (const auto& part : problem.form.parts) {
      kernel_->begin({.m = shape.m,
                      .n = shape.n,
                      .k = shape.k,
                      .bias = shape.bias,
                      .product_shift = shifts.product,
                      .bias_shift = shifts.bias,
                      .logical_cols = problem.form.logical_cols});
      const kernels::CodeRows columns(core_.format.b, problem.b.codes.data() + part.b.at.element, 0, shape.k);
      kernel_->load_b(columns, 0, shape.n);
      const std::int64_t block = kernel_->row_block();
      const std::int64_t rows = std::max((std::int64_t{1} << 18) / shape.k / block, std::int64_t{1}) * block;
      for (std::int64_t first = 0; first < shape.m; first += rows) {
        const std::int64_t count = std::min(rows, shape.m - first);
        copies_.resize(static_cast<std::size_t>(count * shape.k));
        out_.assign(static_cast<std::size_t>(count * shape.n), 0);
        for (std::int64_t i = 0; i < count; ++i)
          copy(part.a, problem.a.codes.data(), first + i, shape.k, copies_.data() + i * shape.k);
        kernel_->rows(kernels::CodeRows(core_.format.a, copies_.data(), first, shape.k), first, count,
                      shape.bias ? bias.data() : nullptr, out_.data(), shape.n);
      }
    }
    benchmark::DoNotOptimize(out_.data());
  }

 private:
  /// An image's window.
  static void copy(const operations::Source& source, const Code* tensor, std::int64_t row, std::int64_t k, Code* to) {
    const auto& w = source.walk;
    const std::int64_t height = w.height.size, width = w.width.size;
    const std::int64_t pixels = w.x1.size * w.x2.size, x1 = row % pixels / w.x2.size, x2 = row % w.x2.size;
    const std::int64_t top = x1 * w.x1.h + w.height.offset, left = x2 * w.x2.w + w.width.offset;
    const Code* plane = tensor + source.at.element + row / pixels * w.x0.plane;
    for (const Code* const end = to + k; to != end; plane += w.k0.plane)
      for (std::int64_t k1 = 0; k1 < w.k1.size; ++k1)
        for (std::int64_t k2 = 0; k2 < w.k2.size; ++k2) {
          const std::int64_t h = top + k1 * w.k1.h, x = left + k2 * w.k2.w;
          *to++ = h < 0 || h >= height || x < 0 || x >= width ? 0 : plane[h * width + x];
        }
  }

  const datapath::CoreConfig core_;
  std::unique_ptr<kernels::TileKernel> kernel_;
  std::vector<Code> copies_;
  std::vector<std::uint64_t> out_;
};

void convolutions(benchmark::State& state, const std::string& name, const Row& row) {
  datapath::CoreConfig core;
  core.format = numerics::parse_format(row.format);
  core.accumulate = {.policy = row.policy, .rounding = core.format.out.default_rounding()};
  const networks::Network network = networks::make_network(name);
  programs::GoldenMachine machine(core);
  FromCopies copies(core);
  std::vector<Problem> problems;
  problems.reserve(network.layers.size());
  for (std::size_t layer = 0; layer < network.layers.size(); ++layer)
    if (network.layers[layer].op == operations::Op::Conv2d) problems.emplace_back(network, static_cast<int>(layer), core, machine);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> golden(problems.size(), kInfinity), copied(problems.size(), kInfinity);
  for (auto _ : state) {
    for (std::size_t i = 0; i < problems.size(); ++i) {
      const double start = now_seconds();
      machine.run(problems[i].form, problems[i].work);
      const double middle = now_seconds();
      copies.run(problems[i]);
      golden[i] = std::min(golden[i], middle - start);
      copied[i] = std::min(copied[i], now_seconds() - middle);
    }
  }
  double macs = 0, seconds = 0, seconds_copied = 0;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    macs += problems[i].macs;
    seconds += golden[i];
    seconds_copied += copied[i];
  }
  state.counters["GMAC/s"] = macs / seconds * 1e-9;
  state.counters["of_copies"] = seconds_copied / seconds;
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  for (const char* network : {"lenet5", "resnet20-cifar"}) {
    for (const auto& row : binade::kRows) {
      const std::string name = std::string("convolutions/") + network + '/' + row.format;
      benchmark::RegisterBenchmark(name.c_str(), binade::convolutions, std::string(network), row);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
