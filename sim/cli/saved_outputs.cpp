// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/saved_outputs.h"

#include <fmt/format.h>

#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/programs/program.h"
#include "sim/data/npy.h"
#include "sim/data/npz.h"
#include "sim/host/selection.h"

namespace binade::sim {
namespace {

/// 2 GiB of float64: all of them are in memory until the run ends.
constexpr std::int64_t kMostSaved = std::int64_t{1} << 28;

std::string codes_name(const std::string& layer) { return layer + ".codes"; }

}  // namespace

SavedOutputs::SavedOutputs(const RunSpec& request, const std::vector<std::string>& patterns) {
  const auto program = program_of(request);
  const auto runs = select(program, request.layer_selection);
  std::vector<bool> saved;
  try {
    saved = select(program, patterns);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--save-layers: {}", error.what()));
  }
  std::int64_t values = 0;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    if (!saved[i] || !runs[i]) continue;
    const int output = program.operations[i].output;
    wanted_.insert(program.layer(output).name);
    values += program.shape(output).elements();
  }
  if (wanted_.empty())
    throw InputError("--save-layers: none of these layers runs on the device; allowed: layers that --layers names");
  for (const auto& name : wanted_)
    if (wanted_.contains(codes_name(name)))
      throw InputError(
          fmt::format("--save: '{}' is the name of a layer and of the codes of '{}'; allowed: --save-layers with one of them",
                      codes_name(name), name));
  if (samples_of(request) > kMostSaved / values)
    throw InputError(
        fmt::format("--save: {} values a sample and {} samples; allowed: up to {} values: fewer --samples, or --save-layers",
                    values, samples_of(request), kMostSaved));
}

void SavedOutputs::add(const LayerOutput& output) {
  if (!wanted_.contains(output.layer)) return;
  auto& saved = outputs_[output.layer];
  saved.values.insert(saved.values.end(), output.values.begin(), output.values.end());
  saved.codes.insert(saved.codes.end(), output.codes.begin(), output.codes.end());
  saved.code_bytes = output.code_bytes;
  const auto samples = static_cast<std::int64_t>(saved.values.size()) / output.shape.elements();
  if (output.shape.sequence)
    saved.shape = {samples, output.shape.channels, output.shape.width};
  else
    saved.shape = {samples, output.shape.channels, output.shape.height, output.shape.width};
}

void SavedOutputs::write(const std::filesystem::path& file) const {
  std::vector<std::pair<std::string, std::vector<std::byte>>> members;
  for (const auto& [name, output] : outputs_) {
    members.emplace_back(name, make_npy_float64(output.shape, output.values));
    members.emplace_back(codes_name(name), make_npy_unsigned(output.shape, output.codes, output.code_bytes));
  }
  write_npz(file, members);
}

std::filesystem::path save_file(const std::filesystem::path& file, const std::string& format) {
  auto name = file.stem();
  name += "-" + format;
  name += file.extension();
  return file.parent_path() / name;
}

}  // namespace binade::sim
