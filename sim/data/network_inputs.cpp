// SPDX-License-Identifier: Apache-2.0
#include "sim/data/network_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::sim {
namespace {

constexpr std::string_view kCodes = ".codes";

/// Names of arrays that are no codes of another one.
std::vector<std::string> value_arrays(const ArrayFile& arrays) {
  auto names = arrays.names();
  std::erase_if(names, [&](const std::string& name) {
    return name.ends_with(kCodes) && arrays.contains(name.substr(0, name.size() - kCodes.size()));
  });
  return names;
}

std::vector<std::int64_t> sample_shape(const networks::Shape& shape) {
  if (shape.sequence) return {shape.channels, shape.width};
  return {shape.channels, shape.height, shape.width};
}

bool fits(const ArrayHeader& header, const networks::Shape& shape) {
  if (header.is_text || header.shape.empty() || header.shape.front() < 1) return false;
  std::vector<std::int64_t> given(header.shape.begin() + 1, header.shape.end()), wanted = sample_shape(shape);
  std::erase(given, 1);
  std::erase(wanted, 1);
  return given == wanted;
}

}  // namespace

NetworkInputs::NetworkInputs(const std::filesystem::path& file, const networks::Network& network) : arrays_(open_arrays(file)) {
  const auto names = value_arrays(*arrays_);
  const auto inputs = networks::input_layers(network);
  std::vector<std::string> problems;
  std::set<std::string> used;
  for (const int index : inputs) {
    const auto& layer = network.layers[static_cast<std::size_t>(index)];
    const auto name = !arrays_->contains(layer.name) && inputs.size() == 1 && names.size() == 1 ? names.front() : layer.name;
    if (!arrays_->contains(name)) {
      problems.push_back(fmt::format("--input {}: no array for the input '{}' of {}; allowed: an array of that name{}; it has {}",
                                     arrays_->file(), layer.name, network.name, inputs.size() == 1 ? ", or one array" : "",
                                     names.empty() ? "none" : printable(fmt::format("{}", fmt::join(names, " ")))));
      continue;
    }
    used.insert(name);
    array_of_.emplace(layer.name, name);
    const auto header = arrays_->header(name);
    if (!fits(header, layer.out))
      problems.push_back(fmt::format("--input {}: {} has shape {}; the input '{}' of {} is (samples, {})", arrays_->file(),
                                     printable(name), shape_text(header.shape), layer.name, network.name,
                                     fmt::join(sample_shape(layer.out), ", ")));
    else if (samples_ != 0 && header.shape.front() != samples_)
      problems.push_back(fmt::format("--input {}: {} has {} samples, others {}; allowed: as many in each", arrays_->file(),
                                     printable(name), header.shape.front(), samples_));
    else
      samples_ = header.shape.front();
  }
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  for (const auto& name : names)
    if (!used.contains(name)) ignored_.push_back(name);
}

std::map<std::string, operations::Tensor> NetworkInputs::read(std::int64_t samples) {
  std::map<std::string, operations::Tensor> inputs;
  for (const auto& [layer, name] : array_of_) {
    auto tensor = to_tensor(arrays_->read(name, samples), fmt::format("{}: {}", arrays_->file(), printable(name)));
    const auto each = tensor.values.size() / static_cast<std::size_t>(tensor.shape.front());
    tensor.shape.front() = samples;  // a column-major array comes whole
    tensor.values.resize(each * static_cast<std::size_t>(samples));
    inputs.emplace(layer, std::move(tensor));
  }
  return inputs;
}

}  // namespace binade::sim
