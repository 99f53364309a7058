// SPDX-License-Identifier: Apache-2.0
#include "sim/data/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/data/held_numbers.h"

namespace binade::sim {
namespace {

using Problems = std::vector<std::string>;

constexpr std::array<std::string_view, 3> kWrappers{"module.", "model.", "_orig_mod."};
constexpr std::size_t kNamesShown = 5;

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::vector<networks::ParameterShape> parameters_of(const networks::Network& network) {
  std::vector<networks::ParameterShape> all;
  for (int layer = 0; layer < static_cast<int>(network.layers.size()); ++layer)
    for (auto& shape : networks::parameter_shapes(network, layer)) all.push_back(std::move(shape));
  return all;
}

/// What stands before every name and makes none of them known.
std::string wrapper_prefix(const std::vector<std::string>& names, const std::vector<networks::ParameterShape>& expected) {
  std::set<std::string> known;
  for (const auto& parameter : expected) known.insert({parameter.name, underscored(parameter.name)});
  std::string prefix;
  const auto is_known = [&](const std::string& name) { return known.contains(name.substr(prefix.size())); };
  while (!names.empty() && std::none_of(names.begin(), names.end(), is_known)) {
    const auto stands_before_all = [&](std::string_view wrapper) {
      return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::string_view(name).substr(prefix.size()).starts_with(wrapper);
      });
    };
    const auto* const wrapper = std::find_if(kWrappers.begin(), kWrappers.end(), stands_before_all);
    if (wrapper == kWrappers.end()) break;
    prefix += *wrapper;
  }
  return prefix;
}

/// The array of each parameter, and the arrays of none.
struct Arrays {
  std::map<std::string, std::string> of;  ///< by the parameter's name
  std::vector<std::string> unknown;
};

Arrays match(const ArrayFile& file, const std::vector<networks::ParameterShape>& expected, const std::set<std::string>& others) {
  const auto names = file.names();
  const auto prefix = wrapper_prefix(names, expected);
  Arrays arrays;
  std::set<std::string> used;
  for (const auto& parameter : expected) {
    auto name = prefix + parameter.name;
    if (!file.contains(name)) name = prefix + underscored(parameter.name);
    if (!file.contains(name)) continue;
    arrays.of.emplace(parameter.name, name);
    used.insert(name);
  }
  for (const auto& name : names)
    if (!used.contains(name) && !others.contains(name) && !name.ends_with("num_batches_tracked")) arrays.unknown.push_back(name);
  return arrays;
}

void throw_all(const Problems& problems) {
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

/// Large arrays are held as narrow as they are.
operations::Tensor read_parameter(ArrayFile& file, const std::string& name, const networks::ParameterShape& parameter) {
  const auto where = fmt::format("{}: {}", file.file(), name);
  operations::Tensor tensor{.shape = parameter.shape, .values = {}};
  if (tensor.elements() <= numerics::Reals::kAtOnce) return to_tensor(file.read(name), where);
  auto numbers = std::make_shared<HeldNumbers>();
  file.read_pieces(name, [&](std::span<const double> some) { numbers->take(some, where); });
  tensor.source = std::move(numbers);
  return tensor;
}

bool are_the_parameters(ArrayFile& file, const networks::Network& network) {
  const auto expected = parameters_of(network);
  const auto arrays = match(file, expected, {});
  const auto fits = [&](const networks::ParameterShape& parameter) {
    const auto found = arrays.of.find(parameter.name);
    return found != arrays.of.end() && file.header(found->second).shape == parameter.shape;
  };
  return !expected.empty() && arrays.unknown.empty() && std::all_of(expected.begin(), expected.end(), fits);
}

}  // namespace

FoundParameters find_parameters(ArrayFile& file, const networks::Network& network, const std::set<std::string>& others,
                                Problems& problems) {
  const auto expected = parameters_of(network);
  auto arrays = match(file, expected, others);
  FoundParameters found;
  found.unknown = std::move(arrays.unknown);
  for (const auto& parameter : expected) {
    const auto array = arrays.of.find(parameter.name);
    if (array == arrays.of.end()) {
      found.missing.push_back(parameter);
      continue;
    }
    const auto& name = array->second;
    try {
      const auto header = file.header(name);
      if (header.is_text || header.shape != parameter.shape)
        throw InputError(fmt::format("{}: {} has shape {}; {} needs {}", file.file(), name, shape_text(header.shape), network.name,
                                     shape_text(parameter.shape)));
      found.parameters[parameter.name] = read_parameter(file, name, parameter);
    } catch (const InputError& error) {
      problems.emplace_back(error.what());
    }
  }
  return found;
}

operations::Parameters all_parameters(ArrayFile& file, const networks::Network& network, const std::set<std::string>& others,
                                      Problems& problems) {
  auto found = find_parameters(file, network, others, problems);
  for (const auto& parameter : found.missing)
    problems.push_back(fmt::format("{}: {} is missing; {} needs it with shape {}", file.file(), parameter.name, network.name,
                                   shape_text(parameter.shape)));
  for (const auto& name : found.unknown)
    problems.push_back(fmt::format("{}: {} is no parameter of {}", file.file(), printable(name), network.name));
  return std::move(found.parameters);
}

FoundParameters load_given_parameters(const std::filesystem::path& file, const networks::Network& network) {
  Problems problems;
  const auto arrays = open_arrays(file);
  auto found = find_parameters(*arrays, network, {}, problems);
  throw_all(problems);
  if (found.parameters.empty() && !found.missing.empty()) {
    auto& names = found.unknown;
    const auto more = names.size() > kNamesShown ? fmt::format(" and {} more", names.size() - kNamesShown) : std::string();
    names.resize(std::min(names.size(), kNamesShown));
    for (auto& name : names) name = printable(name);
    throw InputError(fmt::format("{}: no parameter of {} is in it, its arrays: {}{}; allowed: names as {}", arrays->file(),
                                 network.name, names.empty() ? "none" : fmt::format("{}", fmt::join(names, " ")), more,
                                 found.missing.front().name));
  }
  return found;
}

operations::Parameters load_parameters(const std::filesystem::path& file, const networks::Network& network) {
  Problems problems;
  const auto arrays = open_arrays(file);
  auto parameters = all_parameters(*arrays, network, {}, problems);
  throw_all(problems);
  return parameters;
}

std::optional<std::string> parameters_in(const std::filesystem::path& directory, const networks::Network& network) {
  std::set<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const auto extension = entry.path().extension();
    if ((extension == ".npz" || extension == ".safetensors") && entry.is_regular_file(error)) files.insert(entry.path());
  }
  Problems unreadable;
  for (const auto& file : files) {
    try {
      if (are_the_parameters(*open_arrays(file), network)) return file.string();
    } catch (const InputError& problem) {
      unreadable.emplace_back(problem.what());
    }
  }
  throw_all(unreadable);
  return std::nullopt;
}

}  // namespace binade::sim
