// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/codec.h"
#include "rtl/cosim/shell_word.h"

namespace binade::lockstep {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::Stream;
using numerics::Code;
using numerics::FormatSpec;

namespace {

/// Operands shown of one output element; the replay file has all.
constexpr std::int64_t kOperandsShown = 64;

std::string code_text(const FormatSpec& format, Code code) { return fmt::format("{:#0{}x}", code, (format.bits + 3) / 4 + 2); }

/// Of an element code: shared-exponent formats as the mantissa.
std::string value_text(const FormatSpec& format, Code code) {
  const numerics::Unpacked value = decode(format, code);
  if (value.is_nan()) return format.family == numerics::Family::Posit ? "NaR" : "nan";
  return fmt::format("{}", to_double(value));
}

/// Operands of one output element over every command of the chain, in k order.
class Element {
 public:
  Element(const CoreConfig& config, const Recording& recording, std::int64_t row, std::int64_t col)
      : config_(config), recording_(recording) {
    for (const Recording::Tile& tile : recording.tiles()) {
      for (std::int64_t k = 0; k < tile.command.k; ++k) {
        add(a_, recording.a(), tile.a, element_of(config, tile.command, Stream::A, {row, col, k}));
        add(b_, recording.b(), tile.b, element_of(config, tile.command, Stream::B, {row, col, k}));
      }
      if (tile.command.bias) add(bias_, recording.b(), tile.b, bias_element(config, col));
    }
  }

  std::string text(std::int64_t row, std::int64_t col) const {
    std::string lines =
        fmt::format("A row {}:{}\nB column {}:{}", row, list(config_.format.a, a_), col, list(config_.format.b, b_));
    if (!bias_.empty()) lines += fmt::format("\nbias {}:{}", col, list(config_.format.out, bias_));
    return lines;
  }

 private:
  /// Nothing where the core has not taken the vector.
  static void add(std::vector<Code>& to, const VectorStore& store, const std::vector<std::uint32_t>& taken,
                  datapath::StreamElement element) {
    if (element.vector < taken.size()) to.push_back(store.at(taken[element.vector], element.lane));
  }

  static std::string list(const FormatSpec& format, const std::vector<Code>& codes) {
    std::string text;
    const auto shown = std::min<std::size_t>(codes.size(), kOperandsShown);
    for (std::size_t i = 0; i < shown; ++i) text += " " + code_text(format, codes[i]);
    if (codes.size() > shown) text += fmt::format(" and {} more", codes.size() - shown);
    return codes.empty() ? " none taken" : text;
  }

  const CoreConfig& config_;
  const Recording& recording_;
  std::vector<Code> a_, b_, bias_;
};

std::string last_vector(const FormatSpec& format, const char* stream, const VectorStore& store,
                        const std::vector<std::uint32_t>& taken) {
  if (taken.empty()) return fmt::format("{}: no vector taken yet", stream);
  std::string text = fmt::format("{}: vector {} was the last taken:", stream, taken.size() - 1);
  for (const Code code : store.at(taken.back())) text += " " + code_text(format, code);
  return text;
}

}  // namespace

std::string word_text(const CoreConfig& config, std::uint64_t word) {
  if (stores_raw(config)) {
    const int spare = 64 - 8 * output_bytes(config);
    return fmt::format("{:#x} ({})", word, static_cast<std::int64_t>(word << spare) >> spare);
  }
  const auto code = static_cast<Code>(word);
  const std::uint64_t mask = (std::uint64_t{1} << config.format.out.bits) - 1;
  if ((word & ~mask) != 0) return fmt::format("{:#x} (no code of {} bits)", word, config.format.out.bits);
  return fmt::format("{} ({})", code_text(config.format.out, code), value_text(config.format.out, code));
}

std::string values_text(const CoreConfig& config, const Difference& d) {
  if (d.kind == Difference::Kind::Assertion) return d.assertion;
  const auto text = [&](std::uint64_t value) {
    return d.kind == Difference::Kind::Output ? word_text(config, value) : fmt::format("{}", value);
  };
  return fmt::format("{} {}, {} {}", d.first_name, text(d.first), d.second_name, text(d.second));
}

std::string command_text(const CoreCommand& c) {
  return fmt::format(
      "m {} n {} k {} first_k {:d} last_k {:d} k_base {} bias {:d} relu {:d} product_shift {} bias_shift {} seed {} tensor {} "
      "m_base {} "
      "n_base {} logical_cols {}",
      c.m, c.n, c.k, c.first_k, c.last_k, c.k_base, c.bias, c.relu, c.product_shift, c.bias_shift, c.seed, c.tensor, c.m_base,
      c.n_base, c.logical_cols);
}

std::string operands_text(const CoreConfig& config, const Recording& recording, const Difference& difference) {
  if (recording.tiles().empty()) return "no command yet";
  const Recording::Tile& tile = recording.tiles().back();
  if (difference.kind == Difference::Kind::Output) {
    const datapath::Place first = run_of(config, tile.command, Stream::Out, difference.vector).at(difference.vector);
    const std::int64_t col = first.col + static_cast<std::int64_t>(difference.lane);
    return Element(config, recording, first.row, col).text(first.row, col);
  }
  return last_vector(config.format.a, "A", recording.a(), tile.a) + "\n" + last_vector(config.format.b, "B", recording.b(), tile.b);
}

std::string verify_command(const CoreConfig& config, const std::string& replay_file) {
  const CoreConfig usual;
  const numerics::OperandFormats& formats = config.format;
  std::string text = "binade verify core --format " + to_string(formats.out);
  const auto set = [&](const char* key, const auto& value, const auto& otherwise) {
    if (value != otherwise) text += fmt::format(" --set {}={}", key, value);
  };
  set("core.format_a", to_string(formats.a), to_string(formats.out));
  set("core.format_b", to_string(formats.b), to_string(formats.out));
  set("accumulate", to_string(config.accumulate.policy), to_string(default_accumulate(config.format)));
  set("rounding", to_string(config.accumulate.rounding), to_string(config.format.default_rounding()));
  set("core.rows", config.rows, usual.rows);
  set("core.cols", config.cols, usual.cols);
  set("core.dataflow", to_string(config.dataflow), to_string(usual.dataflow));
  set("core.overlap", to_string(config.overlap), to_string(usual.overlap));
  set("core.edge", to_string(config.edge), to_string(usual.edge));
  set("core.pe_latency", config.pe_latency, usual.pe_latency);
  set("core.acc_bits", config.accumulate.acc_bits, usual.accumulate.acc_bits);
  set("core.block", config.accumulate.block, usual.accumulate.block);
  set("core.chain", config.accumulate.chain, usual.accumulate.chain);
  set("core.bias", to_string(config.accumulate.bias), to_string(usual.accumulate.bias));
  set("core.psum_bytes", config.psum_bytes, usual.psum_bytes);
  set("core.lane_throughput", 1.0 / config.lane_interval, 1.0 / usual.lane_interval);
  if (!config.capacity_limited) text += " --set memory.ideal=true";
  return text + " --stimulus trace --trace " + rtl::shell_word(replay_file);
}

}  // namespace binade::lockstep
