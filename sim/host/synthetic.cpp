// SPDX-License-Identifier: Apache-2.0
// Seeded synthetic tensors, the same bits on every machine: a counter-based 64-bit mix, and the normal distribution by
// Wichura's algorithm AS 241 (PPND16, Applied Statistics 37, 1988), with a logarithm of our own: only operations that IEEE 754
// rounds correctly are used.
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "models/operations/operation_table.h"
#include "sim/host/run.h"

namespace binade::sim {

namespace {

// The output function of SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

// One stream of draws per tensor, told apart by the tensor's name (FNV-1a).
std::uint64_t stream_of(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return mix(seed + 0x9e3779b97f4a7c15U) ^ hash;
}

// In (0, 1): the middle of one of 2^32 equal intervals.
double uniform(std::uint64_t stream, std::uint64_t index) {
  const std::uint64_t bits = mix(stream + (index + 1) * 0x9e3779b97f4a7c15U) >> 32;
  return (static_cast<double>(bits) + 0.5) * 0x1p-32;
}

template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double value = 0;
  for (std::size_t i = N; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

// ln x = e ln 2 + 2 atanh((f-1)/(f+1)), f in [sqrt(1/2), sqrt 2): the odd series to s^25 is exact to binary64.
double natural_log(double x) {
  constexpr std::array kSeries{1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                               1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
  int exponent = 0;
  double fraction = std::frexp(x, &exponent);
  if (fraction < std::numbers::sqrt2 / 2) {
    fraction *= 2;
    --exponent;
  }
  const double s = (fraction - 1) / (fraction + 1);
  return exponent * std::numbers::ln2 + 2 * s * polynomial(kSeries, s * s);
}

// The quantile of probability p. 32-bit uniforms stay within its two regions |p - 1/2| <= 0.425 and sqrt(-ln p) <= 5.
double normal_quantile(double p) {
  constexpr std::array kA{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                          4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr std::array kB{1.0,
                          4.2313330701600911252e1,
                          6.8718700749205790830e2,
                          5.3941960214247511077e3,
                          2.1213794301586595867e4,
                          3.9307895800092710610e4,
                          2.8729085735721942674e4,
                          5.2264952788528545610e3};
  constexpr std::array kC{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                          3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr std::array kD{1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kA, r) / polynomial(kB, r);
  }
  const double r = std::sqrt(-natural_log(q < 0 ? p : 1 - p)) - 1.6;
  const double magnitude = polynomial(kC, r) / polynomial(kD, r);
  return q < 0 ? -magnitude : magnitude;
}

double normal(std::uint64_t stream, std::uint64_t index) { return normal_quantile(uniform(stream, index)); }

// Weights, and what is drawn around the identity in normalisation layers.
void draw(const networks::Layer& layer, std::string_view suffix, std::uint64_t stream, operations::Tensor& tensor) {
  const bool normalisation = operations::row(layer).traits.normalises;
  if (suffix == "bias" && !normalisation) return;
  const double fan_in = static_cast<double>(tensor.elements() / tensor.shape[0]);
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    const double z = normal(stream, i);
    if (!normalisation) {
      tensor.values[i] = z * std::sqrt(2 / fan_in);
    } else if (suffix == "running_var") {
      tensor.values[i] = 1 + 0.2 * (uniform(stream, i) - 0.5);
    } else {
      tensor.values[i] = (suffix == "weight" ? 1.0 : 0.0) + 0.05 * z;
    }
  }
}

}  // namespace

void add_synthetic_parameters(const networks::Network& network, std::uint64_t seed, operations::Parameters& parameters) {
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    for (const networks::ParameterShape& p : parameter_shapes(network, static_cast<int>(i))) {
      if (parameters.contains(p.name)) continue;
      operations::Tensor tensor{p.shape, {}};
      tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
      draw(network.layers[i], std::string_view(p.name).substr(p.name.rfind('.') + 1), stream_of(seed, p.name), tensor);
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
  std::map<std::string, operations::Tensor> inputs;
  for (const int index : input_layers(network)) {
    const networks::Layer& layer = network.layers[static_cast<std::size_t>(index)];
    operations::Tensor tensor{{samples, layer.out.channels, layer.out.height, layer.out.width}, {}};
    tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
    const std::uint64_t stream = stream_of(seed, layer.name);
    for (std::size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = std::abs(normal(stream, i));
    inputs.emplace(layer.name, std::move(tensor));
  }
  return inputs;
}

std::string synthetic_description() {
  return "synthetic, seeded: weights normal with variance 2/fan-in, biases 0, normalisation scales 1 and shifts and means 0 each "
         "plus normal(0.05), variances uniform in 0.9 to 1.1; inputs half-normal(1)";
}

}  // namespace binade::sim
