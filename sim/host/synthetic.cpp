// SPDX-License-Identifier: Apache-2.0
// Seeded synthetic tensors.
#include <array>
#include <cmath>
#include <memory>
#include <string_view>

#include "models/operations/operation_table.h"
#include "sim/host/draws.h"
#include "sim/host/run.h"

namespace binade::sim {

namespace {

/// shift + scale * draw.
struct Distribution {
  enum class Draw : std::uint8_t { Normal, HalfNormal, Centred };
  Draw draw = Draw::Normal;  ///< normal(1), its magnitude, uniform in -1/2 .. 1/2
  double shift = 0, scale = 1;
};

/// Weights, and what is drawn around the identity in normalisation layers.
Distribution distribution_of(const networks::Layer& layer, std::string_view suffix, const operations::Tensor& tensor) {
  using Draw = Distribution::Draw;
  if (operations::row(layer).traits.normalises) {
    if (suffix == "running_var") return {.draw = Draw::Centred, .shift = 1, .scale = 0.2};
    return {.draw = Draw::Normal, .shift = suffix == "weight" ? 1.0 : 0.0, .scale = 0.05};
  }
  if (suffix == "bias") return {.draw = Draw::Centred, .shift = 0, .scale = 0};
  const double fan_in = static_cast<double>(tensor.elements() / tensor.shape[0]);
  return {.draw = Draw::Normal, .shift = 0, .scale = std::sqrt(2 / fan_in)};
}

class DrawnReals final : public numerics::RealSource {
 public:
  DrawnReals(std::uint64_t stream, const Distribution& distribution) : stream_(stream), distribution_(distribution) {}

  void read(std::int64_t first, std::span<double> out) const override {
    using Draw = Distribution::Draw;
    if (distribution_.draw == Draw::Centred)
      draw_uniform(stream_, first, out);
    else
      draw_normal(stream_, first, out);
    for (double& value : out) {
      if (distribution_.draw == Draw::Centred) value -= 0.5;
      if (distribution_.draw == Draw::HalfNormal) value = std::abs(value);
      value = distribution_.shift + distribution_.scale * value;
    }
  }

 private:
  const std::uint64_t stream_;
  const Distribution distribution_;
};

/// Values of a run that are drawn once and held, 128 MiB; tensors beyond are drawn again wherever they are used.
constexpr std::int64_t kMostHeld = std::int64_t{1} << 24;

/// Draws tensors, and holds them as long as there is room.
class Drawing {
 public:
  void fill(operations::Tensor& tensor, std::uint64_t stream, const Distribution& distribution) {
    auto source = std::make_shared<DrawnReals>(stream, distribution);
    if (tensor.elements() > room_) {
      tensor.source = std::move(source);
      return;
    }
    room_ -= tensor.elements();
    tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
    source->read(0, tensor.values);
  }

 private:
  std::int64_t room_ = kMostHeld;
};

}  // namespace

void add_synthetic_parameters(const networks::Network& network, std::uint64_t seed, operations::Parameters& parameters) {
  Drawing drawing;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    for (const networks::ParameterShape& p : parameter_shapes(network, static_cast<int>(i))) {
      if (parameters.contains(p.name)) continue;
      operations::Tensor tensor{.shape = p.shape, .values = {}};
      const auto suffix = std::string_view(p.name).substr(p.name.rfind('.') + 1);
      drawing.fill(tensor, stream_of(seed, p.name), distribution_of(network.layers[i], suffix, tensor));
      parameters.emplace(p.name, std::move(tensor));
    }
}

operations::Parameters synthetic_parameters(const networks::Network& network, std::uint64_t seed) {
  operations::Parameters parameters;
  add_synthetic_parameters(network, seed, parameters);
  return parameters;
}

std::map<std::string, operations::Tensor> synthetic_inputs(const networks::Network& network, std::int64_t samples,
                                                           std::uint64_t seed) {
  Drawing drawing;
  std::map<std::string, operations::Tensor> inputs;
  for (const int index : input_layers(network)) {
    const networks::Layer& layer = network.layers[static_cast<std::size_t>(index)];
    operations::Tensor& tensor = inputs[layer.name];
    tensor.shape = {samples, layer.out.channels, layer.out.height, layer.out.width};
    drawing.fill(tensor, stream_of(seed, layer.name), {.draw = Distribution::Draw::HalfNormal});
  }
  return inputs;
}

std::string synthetic_description() {
  return "synthetic, seeded: weights normal with variance 2/fan-in, biases 0, normalisation scales 1 and shifts and means 0 each "
         "plus normal(0.05), variances uniform in 0.9 to 1.1; inputs half-normal(1)";
}

}  // namespace binade::sim
