// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "sim/config/keys.h"

namespace binade::sim {
namespace {

struct ObjectiveWord {
  std::string_view word, column;
  bool maximise;
};
constexpr std::array kObjectiveWords{ObjectiveWord{"time", "seconds_at_clock", false},
                                     ObjectiveWord{"cycles", "total_cycles", false},
                                     ObjectiveWord{"energy", "energy.total_pj", false},
                                     ObjectiveWord{"edp", "energy_delay_js", false},
                                     ObjectiveWord{"power", "power_mw", false},
                                     ObjectiveWord{"area", "calibrated.area_um2", false},
                                     ObjectiveWord{"error", "output.sqnr_db", true},
                                     ObjectiveWord{"accuracy", "top1.correct", true},
                                     ObjectiveWord{"throughput", "samples_per_second", true}};

/// Axes that are options of a run instead of keys.
constexpr std::array<std::string_view, 5> kRunAxes{"network", "batch", "samples", "seed", "layers"};

bool is_recipe(std::string_view name) { return name == "recipe" || name.starts_with("recipe."); }

}  // namespace

Axis parse_axis(const std::string& text) {
  const auto equals = text.find('=');
  const std::string where = fmt::format("--axis {}", printable(text));
  if (equals == std::string::npos || equals == 0) throw InputError(where + ": no name and '='; allowed: NAME=WORD,WORD...");
  Axis axis{.name = text.substr(0, equals), .values = {}, .where = where};
  for (std::size_t begin = equals + 1; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    axis.values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return axis;
}

Objective parse_objective(const std::string& text, const std::string& where) {
  const bool min = text.starts_with("min:"), max = text.starts_with("max:");
  const std::string name = min || max ? text.substr(4) : text;
  if (name.empty())
    throw InputError(fmt::format("{}: no name; allowed: {}, or min: or max: and a column", where, objective_words()));
  for (const auto& known : kObjectiveWords)
    if (known.word == name)
      return {.name = std::string(known.column), .maximise = min ? false : max || known.maximise, .where = where};
  for (const auto& known : kObjectiveWords)
    if (known.column == name && !min && !max) return {.name = name, .maximise = known.maximise, .where = where};
  return {.name = name, .maximise = max, .where = where};
}

std::string objective_words() {
  std::string all;
  for (const auto& known : kObjectiveWords) all += (all.empty() ? "" : ", ") + std::string(known.word);
  return all;
}

void check_axis(const Axis& axis) {
  const auto refuse = [&](const std::string& what) { throw InputError(fmt::format("{}: {}", axis.where, what)); };
  const bool own = is_recipe(axis.name) || std::find(kRunAxes.begin(), kRunAxes.end(), axis.name) != kRunAxes.end();
  const Key* key = nullptr;
  if (!own) {
    try {
      key = &find_key(axis.name);
    } catch (const InputError& error) {
      refuse(fmt::format("{}, network, batch, samples, seed, layers, recipe, recipe.PARAMETER", error.what()));
    }
    if (key->of_training()) refuse(fmt::format("{} is a key of training; allowed: keys of a forward pass", axis.name));
  }
  if (axis.values.empty()) refuse("no words; allowed: at least one");
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const std::string& word = axis.values[i];
    if (word.empty()) refuse("an empty word; allowed: words separated by single commas");
    if (std::find(axis.values.begin(), axis.values.begin() + static_cast<std::ptrdiff_t>(i), word) !=
        axis.values.begin() + static_cast<std::ptrdiff_t>(i))
      refuse(fmt::format("{} twice; allowed: once", printable(word)));
    if (key == nullptr) continue;
    try {
      Settings scratch;
      key->set(scratch, word);
    } catch (const InputError& error) {
      refuse(error.what());
    }
  }
}

std::optional<std::int64_t> grid_size(const std::vector<Axis>& axes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  std::int64_t size = 1;
  for (const auto& axis : axes) {
    const auto values = static_cast<std::int64_t>(axis.values.size());
    if (size > kMost / values) return std::nullopt;
    size *= values;
  }
  return size;
}

}  // namespace binade::sim
