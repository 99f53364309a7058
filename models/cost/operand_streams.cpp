// SPDX-License-Identifier: Apache-2.0
#include "models/cost/operand_streams.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "models/exponent/quantize.h"
#include "models/numerics/error.h"

namespace binade::cost {
namespace {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;

// As rtl/calibrate/streams.py has them: a tensor is so many windows of multiply-accumulates that run into one sum.
constexpr int kWindows = 8, kMacs = 64, kHeld = 16;
/// Tensors that the means are taken over: enough for three digits.
constexpr int kTensors = 32;
constexpr double kWeightScale = 0.1;  ///< magnitudes of weights beside those of activations
constexpr double kPruned = 3.0 / 8;   ///< at most, of the weights of a window
constexpr std::uint64_t kSeed = 15;

using Codes = std::vector<Code>;
using Values = std::vector<double>;

/// The same numbers with any standard library, whose distributions are not.
class Draw {
 public:
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  double gaussian() { return std::sqrt(-2 * std::log(1 - unit())) * std::cos(2 * std::numbers::pi * unit()); }

 private:
  std::mt19937_64 engine_{kSeed};
};

/// Between a quarter and one: each window has magnitudes of its own.
double magnitude(Draw& draw) { return std::exp2(-2 * draw.unit()); }

/// A mean of each window before the max: between one in six and five in six of its values are zero.
Values activations(Draw& draw) {
  Values values;
  for (int window = 0; window < kWindows; ++window) {
    const double mean = -1 + 2.0 * window / (kWindows - 1), scale = magnitude(draw);
    for (int i = 0; i < kMacs; ++i) values.push_back(std::max(draw.gaussian() + mean, 0.0) * scale);
  }
  return values;
}

/// In an order of its own, so that it goes with no mean of the activations.
std::array<int, kWindows> shuffled_windows(Draw& draw) {
  std::array<int, kWindows> order{};
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[draw.below(i + 1)]);
  return order;
}

/// Of each window a share is zero, as pruned ones are: from none to kPruned.
Values weights(Draw& draw) {
  Values values;
  for (const int rank : shuffled_windows(draw)) {
    const double scale = kWeightScale * magnitude(draw), pruned = kPruned * rank / (kWindows - 1);
    for (int i = 0; i < kMacs; ++i) {
      const double value = draw.gaussian() * scale;
      values.push_back(draw.unit() < pruned ? 0 : value);
    }
  }
  return values;
}

Code uniform_code(const FormatSpec& format, Draw& draw) {
  if (format.family == Family::HillFloat || format.family == Family::IeeeFloat) {
    // 64 products of the largest stay finite.
    const int span = std::max(1, std::min(2, (format.bias() - 6) / 2)), least = format.bias() - span;
    const auto exponent = static_cast<std::uint64_t>(least) + draw.below(static_cast<std::uint64_t>(2 * span));
    const std::uint64_t sign = draw.below(2) << (format.exponent_bits + format.fraction_bits);
    return static_cast<Code>(sign | exponent << format.fraction_bits | draw.below(std::uint64_t{1} << format.fraction_bits));
  }
  const auto code = static_cast<Code>(draw.below(std::uint64_t{1} << format.bits));
  const bool nar = format.family == Family::Posit && code == Code{1} << (format.bits - 1);
  return nar ? 0 : code;
}

Codes uniform_codes(const FormatSpec& format, Draw& draw) {
  Codes codes(kWindows * kMacs);
  for (Code& code : codes) code = uniform_code(format, draw);
  return codes;
}

/// The functions of each code, from the one before it; 0 stands before a window.
std::vector<std::array<double, kOperandFunctions>> functions_of(const Codes& codes) {
  std::vector<std::array<double, kOperandFunctions>> functions;
  Code before = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (i % kMacs == 0) before = 0;
    functions.push_back({1, static_cast<double>(std::popcount(codes[i] ^ before)), static_cast<double>(std::popcount(codes[i])),
                         codes[i] != 0 ? 1.0 : 0.0});
    before = codes[i];
  }
  return functions;
}

}  // namespace

const std::vector<std::string>& activity_words() {
  static const std::vector<std::string> kWords{"uniform", "nn", "weight_stationary", "sparse"};
  return kWords;
}

Activity parse_activity(std::string_view word) {
  const auto& words = activity_words();
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) throw InputError(fmt::format("activity {}: unknown; allowed: {}", word, fmt::join(words, " ")));
  return static_cast<Activity>(found - words.begin());
}

OperandMatrix mean_sums(const numerics::OperandFormats& formats, Activity activity) {
  Draw draw;
  OperandMatrix sums{};
  for (int tensor = 0; tensor < kTensors; ++tensor) {
    Codes a, b;
    if (activity == Activity::Uniform) {
      a = uniform_codes(formats.a, draw);
      b = uniform_codes(formats.b, draw);
    } else {
      Values of_a = activations(draw), of_b = weights(draw);
      if (activity == Activity::WeightStationary)
        for (std::size_t i = 0; i < of_b.size(); ++i) of_b[i] = of_b[i - i % kHeld];
      if (activity == Activity::Sparse)
        for (Values* values : {&of_a, &of_b})
          for (double& value : *values)
            if (draw.below(2) == 0) value = 0;
      a = exponent::quantize_tensor(formats.a, of_a).codes;
      b = exponent::quantize_tensor(formats.b, of_b).codes;
    }
    const auto of_a = functions_of(a), of_b = functions_of(b);
    for (std::size_t i = 0; i < of_a.size(); ++i)
      for (std::size_t f = 0; f < kOperandFunctions; ++f)
        for (std::size_t g = 0; g < kOperandFunctions; ++g) sums[f][g] += of_a[i][f] * of_b[i][g];
  }
  for (auto& row : sums)
    for (double& sum : row) sum /= static_cast<double>(kTensors) * kWindows * kMacs;
  return sums;
}

}  // namespace binade::cost
