// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/mismatch.h"

#include <fmt/format.h>

#include "models/numerics/error.h"
#include "sim/lockstep/describe.h"

namespace binade::lockstep {

namespace fs = std::filesystem;

namespace {

std::string place_text(const ReportOptions& options) {
  if (options.position == nullptr) return "tile";
  const Position& at = *options.position;
  if (at.layer.empty()) return fmt::format("tile {} of the run", at.run_tile);
  return fmt::format("layer '{}', tile {} (tile {} of the run)", at.layer, at.layer_tile, at.run_tile);
}

/// Layer names may hold anything.
std::string file_word(const std::string& name) {
  std::string word;
  for (const char c : name)
    word +=
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '_' ? c : '-';
  return word;
}

/// "posit8", or "posit8-posit16-posit16" where they are not one.
std::string formats_word(const numerics::OperandFormats& formats) {
  if (formats.uniform()) return file_word(to_string(formats.out));
  return file_word(fmt::format("{}-{}-{}", to_string(formats.a), to_string(formats.b), to_string(formats.out)));
}

std::string file_name(const datapath::CoreConfig& config, const ReportOptions& options) {
  std::string name = "lockstep-" + formats_word(config.format);
  if (options.position == nullptr) return name;
  const Position& at = *options.position;
  if (!at.layer.empty()) return fmt::format("{}-{}-tile{}", name, file_word(at.layer), at.layer_tile);
  return fmt::format("{}-tile{}", name, at.run_tile);
}

std::string port_text(const Difference& d) {
  switch (d.kind) {
    case Difference::Kind::Output:
      return fmt::format("{} lane {} of output vector {}", d.port, d.lane, d.vector);
    case Difference::Kind::Counter:
      return d.port == "bin_count_o" ? fmt::format("{} of bin {}", d.port, d.lane) : d.port;
    case Difference::Kind::Handshake:
    case Difference::Kind::Assertion:
      break;
  }
  return d.port;
}

/// Plays the recording to the traced core beside a fresh model; says where they differ there.
std::string waveform_text(const datapath::CoreConfig& config, const Recording& recording, const ReportOptions& options,
                          const fs::path& wave) {
  if (!options.traced) return "none";
  try {
    const auto model = datapath::make_cycle_core(config);
    const auto traced = options.traced(wave);
    Comparer comparer(*model, *traced);
    std::optional<Difference> again;
    std::uint64_t clock = 0;
    recording.play([&](const datapath::CorePinsIn& in) {
      if (!again) again = comparer.clock(in);
      clock += again ? 0 : 1;
      return !again;
    });
    if (!again) return fmt::format("{} (no difference after a reset: it depends on earlier tiles)", wave.string());
    return fmt::format("{} (the tile from reset; the difference follows rising edge {} after it, at {})", wave.string(), clock + 1,
                       again->port);
  } catch (const InputError& error) {
    return fmt::format("none: {}", error.what());
  }
}

}  // namespace

void report_mismatch(const datapath::CoreConfig& config, const Recording& recording, const Difference& difference,
                     const ReportOptions& options) {
  const fs::path file = options.directory / file_name(config, options);
  const fs::path replay = file.string() + ".csv", wave = file.string() + ".fst";
  const std::string again = verify_command(config, replay.string());
  std::string message = fmt::format("lockstep: {}, clock {}: {}: {}", place_text(options), difference.clock, port_text(difference),
                                    values_text(config, difference));
  message += "\n" + operands_text(config, recording, difference);
  if (!recording.tiles().empty()) message += "\ncommand: " + command_text(recording.tiles().back().command);
  try {
    recording.write_csv(replay, {message.substr(0, message.find('\n')), again});
    message += "\nreplay: " + again;
  } catch (const InputError& error) {
    message += std::string("\nreplay: none: ") + error.what();
  }
  message += "\nwaveform: " + waveform_text(config, recording, options, wave);
  throw MismatchError(message);
}

}  // namespace binade::lockstep
