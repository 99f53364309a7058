// SPDX-License-Identifier: Apache-2.0
#include "sim/run/identity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <string_view>
#include <vector>

#include "models/cost/calibrated_table.h"
#include "models/numerics/error.h"
#include "sim/host/digest.h"
#include "sim/host/step_program.h"
#include "sim/import/network_yaml.h"
#include "sim/report/version.h"
#include "sim/run/share.h"
#include "sim/run/spec_settings.h"
#include "sim/run/tensor_digest.h"

namespace binade::sim {
namespace {

/// Parts are told apart by their lengths.
void add(Digest& digest, std::string_view part) {
  digest.update(fmt::format("{}:", part.size()));
  digest.update(part);
}

/// Lists of parts by how many there are.
template <typename Parts>
void add_all(Digest& digest, const Parts& parts) {
  digest.update(fmt::format("{}*", parts.size()));
  for (const auto& part : parts) add(digest, part);
}

std::string values_digest(const RunSpec& spec) {
  Digest digest;
  add_inputs(spec, digest);
  add_tensors(spec.parameters, digest);
  return digest.hex();
}

/// All but the rounding.
std::string policy_text(const numerics::AccumulateSpec& accumulate) {
  return fmt::format("{} {} {} {} {}", to_string(accumulate.policy), accumulate.acc_bits, accumulate.block, accumulate.chain,
                     to_string(accumulate.bias));
}

std::vector<std::string> formats_of(const StepProgram& step) {
  std::vector<std::string> parts;
  const auto encoding = [&](int tensor) {
    const operations::ElementFormat& known = step.tensor(tensor).encoding;
    return fmt::format("{} {}", numerics::to_string(known.format), to_string(known.rounding));
  };
  for (const programs::TrainingStep* const one : step.steps()) {
    std::string part = fmt::format("{} {}", one->name, policy_text(one->mode.accumulate));
    for (const int operand : one->operands) part += " " + encoding(operand);
    for (const programs::StepResult& result : one->results) part += " -> " + encoding(result.tensor);
    parts.push_back(std::move(part));
  }
  return parts;
}

/// Which step it is, what of it is reported, what it is compared with, and what the step before left.
std::vector<std::string> step_parts_of(const StepSpec& step) {
  std::vector<std::string> parts{std::to_string(step.step), fmt::format("{}", fmt::join(step.passes, " "))};
  if (step.record != nullptr) parts.push_back(step.record->digest);
  if (step.state == nullptr) return parts;
  for (const auto& [name, tensor] : step.state->tensors) {
    Digest codes;
    codes.update(std::as_bytes(std::span(tensor.codes)));
    parts.push_back(fmt::format("{} {} {} {}", name, numerics::to_string(tensor.format), tensor.exponents.whole(), codes.hex()));
  }
  parts.push_back(std::to_string(step.state->exponents.passes));
  for (const auto& [writer, history] : step.state->exponents.histories) {
    std::string part =
        fmt::format("{} {} {} {} {}", writer, history.lsb_exponent, history.overflows, history.adjustments, history.dirty);
    for (const exponent::AutoflexTouch& touch : history.history) part += fmt::format(" {}:{}", touch.max_abs, touch.lsb_exponent);
    parts.push_back(std::move(part));
  }
  for (const auto& [writer, history] : step.state->exponents.scales)
    parts.push_back(fmt::format("{} {} {}", writer, history.scale, fmt::join(history.maxima, " ")));
  return parts;
}

/// What a recipe makes of the program: of others it follows from the keys.
std::vector<std::string> formats_of(const RunSpec& spec) {
  std::vector<std::string> parts;
  if (!spec.formats) return parts;
  if (spec.step) return formats_of(StepProgram(spec));
  for (const programs::FormatRow& row : format_rows(program_of(spec))) {
    const numerics::AccumulateSpec accumulate = row.accumulate.value_or(numerics::AccumulateSpec());
    parts.push_back(fmt::format("{} {} {} {} {}", row.layer, to_string(row.tensor_class), numerics::to_string(row.format),
                                policy_text(accumulate), to_string(row.rounding)));
  }
  return parts;
}

std::string rtl_digest(const RunSpec& spec) {
  return spec.uses_rtl() ? sources_digest(shared_file(kRtlSources).parent_path()) : std::string();
}

}  // namespace

std::string program_version() {
  const std::string revision(tool_revision());
  auto version = fmt::format("{} {}", tool_version(), revision);
  if (!revision.ends_with('+') && revision != "unknown") return version;
  return version + " " + file_digest("/proc/self/exe").value_or("");
}

std::string run_identity(const RunSpec& spec) {
  static const std::string version = program_version();
  std::vector<std::string> given, energy, tiles, modes, formats, keys;
  for (const auto& [name, tensor] : spec.inputs) given.push_back(fmt::format("{} ({})", name, fmt::join(tensor.shape, ", ")));
  for (const auto& [name, row] : spec.energy_table.rows())
    energy.push_back(fmt::format("{} {} {} {} {}", name, row.value, row.unit, static_cast<int>(row.provenance), row.source));
  for (const datapath::CoreMode& mode : spec.platform.core.further_modes)
    modes.push_back(
        fmt::format("{} {} {}", to_string(mode.format), policy_text(mode.accumulate), to_string(mode.accumulate.rounding)));
  for (const operations::ElementFormat& format : spec.platform.further_formats)
    formats.push_back(fmt::format("{} {}", to_string(format.format), to_string(format.rounding)));
  for (const auto& [key, value] : key_values(settings_of(spec), keys_of(spec))) keys.push_back(key + "=" + value);
  Digest digest;
  add(digest, version);
  add(digest, network_to_yaml(spec.network));
  add_all(digest, given);
  add(digest, spec.tensors_digest.empty() ? values_digest(spec) : spec.tensors_digest);
  add_all(digest, spec.layer_selection);
  add(digest, fmt::format("{} {} {} {}", samples_of(spec), spec.batch, spec.seed, to_string(spec.core)));
  add(digest, fmt::format("{} {} {}", spec.platform.values, spec.reference, spec.check));
  add(digest, spec.rtl_sample ? spec.rtl_sample->word : std::string());
  add(digest, rtl_digest(spec));
  add_all(digest, energy);
  add(digest, spec.calibrated ? fmt::format("{} {} {}", spec.calibrated->table->name(), spec.calibrated->digest,
                                            spec.calibrated->fixed_operands)
                              : std::string());
  for (const auto& [name, tile] : spec.tiling.layers) tiles.push_back(fmt::format("{} {} {}", name, to_string(tile), tile.n_inner));
  add_all(digest, tiles);
  add_all(digest, modes);
  add_all(digest, formats);
  add_all(digest, keys);
  add(digest, spec.formats ? spec.formats->recipe.name : std::string());  // what the report calls the run
  add_all(digest, formats_of(spec));
  if (spec.step) add_all(digest, step_parts_of(*spec.step));
  return digest.hex();
}

std::string sources_digest(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".sv" || extension == ".svh" || extension == ".f")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Digest digest;
  for (const auto& file : files) {
    const auto content = file_digest(file);
    if (!content) throw InputError(fmt::format("{}: cannot read the file", file.string()));
    add(digest, file.lexically_relative(directory).string());
    add(digest, *content);
  }
  return digest.hex();
}

std::optional<std::string> file_digest(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  Digest digest;
  std::vector<char> chunk(std::size_t{1} << 20);
  while (stream) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    digest.update(std::string_view(chunk.data(), static_cast<std::size_t>(stream.gcount())));
  }
  return stream.eof() ? std::optional(digest.hex()) : std::nullopt;
}

}  // namespace binade::sim
