// SPDX-License-Identifier: Apache-2.0
#include "sim/import/scalesim_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <set>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/config/keys.h"

namespace binade::sim {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// A word of SCALE-Sim's and the key that it sets; sizes are in KiB there, in bytes here. The first version writes
/// IfmapSramSz, later ones IfmapSramSzkB.
struct Mapping {
  std::string_view word;
  const char* key;
  std::int64_t factor;
};
constexpr Mapping kMappings[] = {
    {"arrayheight", "core.rows", 1},
    {"arraywidth", "core.cols", 1},
    {"ifmapsramsz", "scratchpad.a_bytes", 1024},
    {"ifmapsramszkb", "scratchpad.a_bytes", 1024},
    {"filtersramsz", "scratchpad.b_bytes", 1024},
    {"filtersramszkb", "scratchpad.b_bytes", 1024},
    {"ofmapsramsz", "scratchpad.o_bytes", 1024},
    {"ofmapsramszkb", "scratchpad.o_bytes", 1024},
};

class ConfigReader {
 public:
  ConfigReader(Settings& settings, std::string file, std::vector<std::string>& problems)
      : settings_(settings), file_(std::move(file)), problems_(problems) {}

  void read_line(std::string_view line, int number) {
    line = trimmed(line);
    if (line.empty() || line.starts_with('#') || line.starts_with(';') || (line.starts_with('[') && line.ends_with(']'))) return;
    const auto separator = line.find_first_of(":=");
    if (separator == std::string_view::npos) {
      say(number, fmt::format("'{}' is no setting; allowed: `key : value`, `[section]` and comments", printable(line)));
      return;
    }
    const auto word = trimmed(line.substr(0, separator));
    const auto key = lower(word), value = std::string(trimmed(line.substr(separator + 1)));
    if (key == "dataflow") return read_dataflow(value, number);
    for (const Mapping& mapping : kMappings)
      if (mapping.word == key) return read_number(mapping, word, value, number);
    if (key != "run_name") ignored_.insert(printable(word));
  }

  void add_notes(std::vector<std::string>& notes) const {
    if (!ignored_.empty()) notes.push_back(fmt::format("{}: read and not simulated: {}", file_, fmt::join(ignored_, ", ")));
  }

 private:
  void say(int line, const std::string& what) { problems_.push_back(fmt::format("{}: line {}: {}", file_, line, what)); }

  void read_dataflow(const std::string& value, int line) {
    const auto word = lower(value);
    if (word == "os" || word == "ws") {
      find_key("core.dataflow").set(settings_, word);
    } else if (word == "is") {
      say(line, "Dataflow: input-stationary ('is') is not built; allowed: os ws");
    } else {
      say(line, fmt::format("Dataflow: '{}' is unknown; allowed: os ws", printable(value)));
    }
  }

  void read_number(const Mapping& mapping, std::string_view word, const std::string& value, int line) {
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > kMost) {
      say(line, fmt::format("{}: '{}' is no size; allowed: a whole number of {}", word, printable(value),
                            mapping.factor == 1 ? "rows or columns" : "KiB"));
      return;
    }
    try {
      find_key(mapping.key).set(settings_, std::to_string(number * mapping.factor));
    } catch (const InputError& problem) {
      say(line, fmt::format("{}: as the key {}: {}", word, mapping.key, problem.what()));
    }
  }

  Settings& settings_;
  std::string file_;
  std::vector<std::string>& problems_;
  std::set<std::string> ignored_;
};

}  // namespace

void apply_scalesim_config(Settings& settings, const std::string& text, const std::string& file, std::vector<std::string>& problems,
                           std::vector<std::string>& notes) {
  ConfigReader reader(settings, printable(file), problems);
  std::string_view rest = text;
  for (int line = 1; !rest.empty(); ++line) {
    const auto end = std::min(rest.find('\n'), rest.size());
    reader.read_line(rest.substr(0, end), line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  reader.add_notes(notes);
}

void apply_scalesim_preset(Settings& settings) {
  for (const auto& [key, value] : {std::pair("memory.ideal", "true"), std::pair("core.edge", "full")})
    find_key(key).set(settings, value);
}

void apply_scalesim_overlap(Settings& settings) {
  const bool weights_stay = find_key("core.dataflow").get(settings) == "ws";
  find_key("core.overlap").set(settings, weights_stay ? "none" : "drain");
}

}  // namespace binade::sim
