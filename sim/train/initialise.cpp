// SPDX-License-Identifier: Apache-2.0
#include "sim/train/initialise.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/operations/operation_table.h"
#include "sim/host/draws.h"

namespace binade::sim {

namespace {

using Scheme = Initialisation::Scheme;
using networks::Layer;
using networks::Op;

constexpr std::string_view kNormal = "normal:";
constexpr double kLeastDeviation = 1e-6, kMostDeviation = 10;

void draw_within(double bound, std::uint64_t stream, std::span<double> out) {
  draw_uniform(stream, 0, out);
  for (double& value : out) value = (2 * value - 1) * bound;
}

/// Elements beyond two deviations (one of 22) are drawn again, each from the same place of the next stream.
void draw_truncated(double deviation, std::uint64_t seed, const std::string& name, std::span<double> out) {
  constexpr double kMost = 2;
  draw_normal(stream_of(seed, name), 0, out);
  std::vector<double> others;
  const auto beyond = [](double value) { return std::abs(value) > kMost; };
  for (int round = 1; std::any_of(out.begin(), out.end(), beyond); ++round) {
    others.resize(out.size());
    draw_normal(stream_of(seed, fmt::format("{} again {}", name, round)), 0, others);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (beyond(out[i])) out[i] = others[i];
  }
  for (double& value : out) value *= deviation;
}

struct Fans {
  double in = 1, out = 1;
};
Fans fans_of(const std::vector<std::int64_t>& weight) {
  std::int64_t elements = 1;
  for (const auto extent : weight) elements *= extent;
  return {static_cast<double>(elements / weight.at(0)), static_cast<double>(elements / weight.at(1))};
}

/// Of a layer that has products: a weight matrix or filters, and a bias.
void draw_product(const Initialisation& how, const Fans& fans, bool weight, std::uint64_t seed, const std::string& name,
                  std::span<double> out) {
  const auto stream = stream_of(seed, name);
  if (how.scheme == Scheme::Pytorch)
    draw_within(1 / std::sqrt(fans.in), stream, out);
  else if (!weight)
    std::fill(out.begin(), out.end(), 0.0);
  else if (how.scheme == Scheme::Xavier)
    draw_within(std::sqrt(6 / (fans.in + fans.out)), stream, out);
  else
    draw_truncated(how.deviation, seed, name, out);
}

/// Of all others.
double identity_value(const Layer& layer, std::string_view suffix) {
  if (operations::row(layer).traits.normalises) return suffix == "weight" || suffix == "running_var" ? 1 : 0;
  return layer.op == Op::Mul ? 1 : 0;
}

}  // namespace

std::string Initialisation::text() const {
  if (scheme == Scheme::Normal) return fmt::format("{}{}", kNormal, deviation);
  return scheme == Scheme::Xavier ? "xavier" : "pytorch";
}

Initialisation parse_initialisation(std::string_view word, std::string_view where) {
  if (word == "pytorch") return {};
  if (word == "xavier") return {.scheme = Scheme::Xavier};
  if (word.starts_with(kNormal)) {
    Initialisation how{.scheme = Scheme::Normal};
    const auto number = word.substr(kNormal.size());
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), how.deviation);
    if (error == std::errc() && end == number.data() + number.size() && how.deviation >= kLeastDeviation &&
        how.deviation <= kMostDeviation)
      return how;
  }
  throw InputError(
      fmt::format("{} '{}': no such initialisation; allowed: pytorch, xavier, normal:DEVIATION with a deviation from {} to {}",
                  where, printable(word), kLeastDeviation, kMostDeviation));
}

operations::Parameters initialise(const networks::Network& network, std::uint64_t seed, const Initialisation& initialisation) {
  operations::Parameters parameters;
  for (int index = 0; index < static_cast<int>(network.layers.size()); ++index) {
    const Layer& layer = network.layers[static_cast<std::size_t>(index)];
    const auto shapes = parameter_shapes(network, index);
    const bool products = operations::is_gemm(layer.op);
    for (const auto& [name, shape] : shapes) {
      operations::Tensor& tensor = parameters[name];
      tensor.shape = shape;
      tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
      const auto suffix = std::string_view(name).substr(name.rfind('.') + 1);
      if (products)
        draw_product(initialisation, fans_of(shapes.front().shape), suffix == "weight", seed, name, tensor.values);
      else
        std::fill(tensor.values.begin(), tensor.values.end(), identity_value(layer, suffix));
      for (double& value : tensor.values) value = static_cast<float>(value);
    }
  }
  return parameters;
}

}  // namespace binade::sim
