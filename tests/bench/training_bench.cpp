// SPDX-License-Identifier: Apache-2.0
// The matrix products of one training step of LeNet-5, 64 images, one thread, operands decoded beforehand as a program keeps them:
// time of each product, and the images a second that their sum allows. Values are spread as in training: sparse inputs, rectified
// activations, deltas over some thirty binades that pooling and rectifiers leave mostly zero.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "models/exponent/quantize.h"
#include "models/kernels/operand_rows.h"
#include "models/kernels/tile_kernel.h"

namespace binade {
namespace {

using kernels::OperandForm;
using numerics::Accumulate;
using numerics::Code;

constexpr std::int64_t kBatch = 64;
/// Elements of A that a program reads at a time.
constexpr std::int64_t kRowElements = 1 << 18;

struct Row {
  const char* format;
  Accumulate policy;
};
constexpr Row kRows[] = {{"posit8", Accumulate::Exact}, {"posit16es1", Accumulate::Serial}, {"flex16+5", Accumulate::Blocked},
                         {"dfp8", Accumulate::Exact},   {"dfp16", Accumulate::Chained},     {"e6m7", Accumulate::Serial}};

/// A convolution of LeNet-5 with squares of side 5 and stride 1; a linear layer is one with squares of side 1.
struct Layer {
  const char* name;
  std::int64_t inputs, outputs, kernel, pad, size;
  std::int64_t out_size() const { return size + 2 * pad - kernel + 1; }
};
constexpr Layer kLayers[] = {
    {"conv1", 1, 6, 5, 2, 28}, {"conv2", 6, 16, 5, 0, 14}, {"conv3", 16, 120, 5, 0, 5},
    {"fc1", 120, 84, 1, 0, 1}, {"fc2", 84, 10, 1, 0, 1},
};

/// Of this thread's processor time.
double now_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Matrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> values;
};

Matrix transposed(const Matrix& from) {
  Matrix to{from.cols, from.rows, std::vector<double>(from.values.size())};
  for (std::int64_t i = 0; i < from.rows; ++i)
    for (std::int64_t j = 0; j < from.cols; ++j)
      to.values[static_cast<std::size_t>(j * from.rows + i)] = from.values[static_cast<std::size_t>(i * from.cols + j)];
  return to;
}

/// Squares of `kernel` of an image of `channels`, zeros around it: a row for each of a sample's places.
Matrix windows(const std::vector<double>& image, std::int64_t channels, std::int64_t size, std::int64_t kernel, std::int64_t pad) {
  const std::int64_t places = size + 2 * pad - kernel + 1;
  Matrix matrix{kBatch * places * places, channels * kernel * kernel, {}};
  for (std::int64_t sample = 0; sample < kBatch; ++sample)
    for (std::int64_t y = 0; y < places; ++y)
      for (std::int64_t x = 0; x < places; ++x)
        for (std::int64_t channel = 0; channel < channels; ++channel)
          for (std::int64_t i = y - pad; i < y - pad + kernel; ++i)
            for (std::int64_t j = x - pad; j < x - pad + kernel; ++j) {
              const bool inside = i >= 0 && i < size && j >= 0 && j < size;
              const auto at = static_cast<std::size_t>(((sample * channels + channel) * size + i) * size + j);
              matrix.values.push_back(inside ? image[at] : 0.0);
            }
  return matrix;
}

/// An image's channels as rows over all samples and places.
Matrix channels_as_rows(const std::vector<double>& image, std::int64_t channels, std::int64_t places) {
  Matrix matrix{channels, kBatch * places, {}};
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t sample = 0; sample < kBatch; ++sample)
      for (std::int64_t place = 0; place < places; ++place)
        matrix.values.push_back(image[static_cast<std::size_t>((sample * channels + channel) * places + place)]);
  return matrix;
}

class Draws {
 public:
  std::vector<double> weights(std::int64_t count, std::int64_t k) {
    return draw(count, [&] { return normal_(random_) / std::sqrt(static_cast<double>(k)); });
  }
  /// The first layer's: strokes on an empty ground, 1 in 5; others rectified.
  std::vector<double> activations(std::int64_t count, bool first) {
    return draw(count, [&] {
      return first ? (random_() % 5 == 0 ? 1 + normal_(random_) / 2 : -0.42421296) : std::max(normal_(random_), 0.0);
    });
  }
  /// Magnitudes of 2^-12, give or take 2^3; `pooled`: one in four places of a pool, and half of those rectified.
  std::vector<double> deltas(std::int64_t count, bool pooled) {
    return draw(count, [&] {
      if (random_() % (pooled ? 8 : 2) != 0) return 0.0;
      return std::copysign(std::exp2(-12 + 3 * normal_(random_)), normal_(random_));
    });
  }

 private:
  template <class One>
  static std::vector<double> draw(std::int64_t count, One one) {
    std::vector<double> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), one);
    return values;
  }
  std::mt19937_64 random_{1};
  std::normal_distribution<double> normal_;
};

/// Rows decoded to binary32 or int16, or left as codes.
class DecodedRows final : public kernels::OperandRows {
 public:
  DecodedRows(const numerics::FormatSpec& format, const Matrix& matrix, OperandForm form) : k_(matrix.cols) {
    const exponent::QuantizedTensor tensor = exponent::quantize_tensor(format, matrix.values);
    lsb_exponent = format.shared_exponent() ? tensor.lsb_exponent() : 0;
    codes_ = tensor.codes;
    const auto count = static_cast<std::int64_t>(codes_.size());
    if (form == OperandForm::Mantissas) {
      mantissas_.resize(codes_.size());
      kernels::decode_mantissas(format, codes_.data(), 1, count, mantissas_.data());
    } else if (form == OperandForm::Values) {
      std::vector<double> values(codes_.size());
      kernels::decode_values(format, codes_.data(), 1, count, values.data());
      values_.assign(values.begin(), values.end());
    }
  }
  const Code* codes(std::int64_t row, Code* /*buffer*/) const override { return codes_.data() + row * k_; }
  void mantissas(std::int64_t row, std::int16_t* to) const override { std::copy_n(mantissas_.data() + row * k_, k_, to); }
  void values(std::int64_t row, double* to) const override { std::copy_n(values_.data() + row * k_, k_, to); }
  void values(std::int64_t row, float* to) const override { std::copy_n(values_.data() + row * k_, k_, to); }

  int lsb_exponent = 0;

 private:
  std::int64_t k_;
  std::vector<Code> codes_;
  std::vector<std::int16_t> mantissas_;
  std::vector<float> values_;
};

struct Product {
  std::string name;
  Matrix a, b_t;
  std::int64_t block;  ///< of `blocked`; 0: the policy's own
};

std::vector<Product> step_products() {
  Draws draws;
  std::vector<Product> products;
  for (const Layer& layer : kLayers) {
    const bool first = layer.inputs == 1, pooled = layer.kernel == 5 && layer.size > 5;
    const std::int64_t taps = layer.kernel * layer.kernel, places = layer.out_size() * layer.out_size();
    const auto input = draws.activations(kBatch * layer.inputs * layer.size * layer.size, first);
    const auto delta = draws.deltas(kBatch * layer.outputs * places, pooled);
    const auto weights = [&](std::int64_t n, std::int64_t k) { return Matrix{n, k, draws.weights(n * k, layer.inputs * taps)}; };
    const Matrix patches = windows(input, layer.inputs, layer.size, layer.kernel, layer.pad);
    const std::string name = layer.name;
    products.push_back({name + "/forward", patches, weights(layer.outputs, layer.inputs * taps), 0});
    if (!first) {
      products.push_back({name + "/backward-data",
                          windows(delta, layer.outputs, layer.out_size(), layer.kernel, layer.kernel - 1 - layer.pad),
                          weights(layer.inputs, layer.outputs * taps), 0});
    }
    products.push_back({name + "/backward-weight", channels_as_rows(delta, layer.outputs, places), transposed(patches), kBatch});
  }
  return products;
}

/// One product in one format.
class Problem {
 public:
  Problem(const Product& product, const Row& row) {
    config_.format = numerics::parse_format(row.format);
    config_.accumulate = {.policy = row.policy, .rounding = config_.format.default_rounding()};
    if (product.block != 0) config_.accumulate.block = static_cast<int>(product.block);
    kernel_ = kernels::make_tile_kernel(config_);
    command_.m = product.a.rows;
    command_.n = product.b_t.rows;
    command_.k = product.a.cols;
    command_.logical_cols = command_.n;
    a_ = std::make_unique<DecodedRows>(config_.format.a, product.a, kernel_->form());
    b_ = std::make_unique<DecodedRows>(config_.format.b, product.b_t, kernel_->form());
    out_.resize(static_cast<std::size_t>(command_.m * command_.n));
    if (config_.format.out.shared_exponent() && !datapath::stores_raw(config_)) {
      // By Cauchy and Schwarz no sum leaves the result.
      const auto norm = [](const Matrix& matrix) {
        double largest = 0;
        for (std::int64_t i = 0; i < matrix.rows; ++i) {
          double squares = 0;
          for (std::int64_t j = 0; j < matrix.cols; ++j)
            squares += std::pow(matrix.values[static_cast<std::size_t>(i * matrix.cols + j)], 2);
          largest = std::max(largest, squares);
        }
        return std::sqrt(largest);
      };
      const int top = std::ilogb(norm(product.a) * norm(product.b_t)) + 1;
      command_.product_shift = top - (config_.format.out.bits - 1) - a_->lsb_exponent - b_->lsb_exponent;
    }
  }

  double macs() const { return static_cast<double>(command_.m * command_.n * command_.k); }

  /// The best of some runs of this turn counts.
  void run() {
    const double start = now_seconds();
    kernel_->begin(command_);
    kernel_->load_b(*b_, 0, command_.n);
    const std::int64_t block = kernel_->row_block();
    const std::int64_t rows = std::max(kRowElements / command_.k / block, std::int64_t{1}) * block;
    for (std::int64_t m0 = 0; m0 < command_.m; m0 += rows)
      kernel_->rows(*a_, m0, std::min(rows, command_.m - m0), nullptr, out_.data() + m0 * command_.n, command_.n);
    benchmark::DoNotOptimize(out_.data());
    seconds = std::min(seconds, now_seconds() - start);
  }

  std::string paths() const {
    std::string text;
    for (std::size_t i = 0; i < kernels::kKernelPaths; ++i) {
      const auto path = static_cast<kernels::KernelPath>(i);
      const std::uint64_t taken = kernel_->paths()[path];
      if (taken == 0) continue;
      if (!text.empty()) text += ' ';
      text += to_string(path);
      text += ' ' + std::to_string(std::lround(100 * static_cast<double>(taken) / macs())) + '%';
    }
    return text;
  }

  double seconds = std::numeric_limits<double>::infinity();

 private:
  datapath::CoreConfig config_;
  datapath::CoreCommand command_;
  std::unique_ptr<kernels::TileKernel> kernel_;
  std::unique_ptr<DecodedRows> a_, b_;
  std::vector<std::uint64_t> out_;
};

void product(benchmark::State& state, const Product& product, const Row& row) {
  Problem problem(product, row);
  for (auto _ : state) problem.run();
  state.counters["us"] = problem.seconds * 1e6;
  state.counters["GMAC/s"] = problem.macs() / problem.seconds * 1e-9;
  state.SetLabel(problem.paths());
}

void step(benchmark::State& state, const std::vector<Product>& products, const Row& row) {
  std::vector<std::unique_ptr<Problem>> problems;
  for (const Product& product : products) problems.push_back(std::make_unique<Problem>(product, row));
  for (auto _ : state)
    for (const auto& problem : problems) problem->run();
  double seconds = 0;
  for (const auto& problem : problems) seconds += problem->seconds;
  state.counters["images/s"] = static_cast<double>(kBatch) / seconds;
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  const auto products = binade::step_products();
  for (const auto& row : binade::kRows) {
    const std::string name = std::string(row.format) + '/' + std::string(to_string(row.policy));
    benchmark::RegisterBenchmark(("step/" + name).c_str(), binade::step, std::cref(products), row);
    for (const auto& product : products)
      benchmark::RegisterBenchmark((product.name + '/' + name).c_str(), binade::product, std::cref(product), row);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
