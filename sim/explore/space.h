// SPDX-License-Identifier: Apache-2.0
// A space of configurations: axes with their words, what points must meet, what they are compared by.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/formula.h"

namespace binade::sim {

struct Axis {
  std::string name;                 ///< a configuration key; network, batch, samples, seed or layers; recipe or recipe.PARAMETER
  std::vector<std::string> values;  ///< at least one, each once
  std::string where;                ///< for messages: "space.yaml:7: axes: core.rows"
};

struct Derived {
  std::string name;
  Formula formula;
  std::string where;
};

struct Condition {
  Formula formula;
  std::string where;
};

struct Objective {
  std::string name;  ///< a metric, a derived column or an axis
  bool maximise = false;
  std::string where;
};

/// A line of a file that says the option of a run.
struct RunWord {
  std::string name;
  std::vector<std::string> values;
  std::string where;
};

struct Space {
  std::vector<RunWord> run;                                 ///< options of `binade run` by their names
  std::vector<std::pair<std::string, std::string>> config;  ///< keys of the configuration, checked
  std::vector<Axis> axes;
  std::vector<Derived> derived;
  std::vector<Condition> constraints;
  std::vector<Objective> objectives;
  std::optional<std::int64_t> samples;  ///< points to draw; absent: the grid
  bool all_compete = false;             ///< for the front: points whose units the cost table lacks too
};

/// `docs/space.schema.json`. Throws InputError with every problem, one a line: "FILE:LINE: what; allowed: ...".
Space read_space(const std::filesystem::path& file);
Space space_from_yaml(const std::string& text, const std::string& name);

/// `NAME=WORD,WORD...` of the command line. Throws InputError.
Axis parse_axis(const std::string& text);
/// `[min:|max:]NAME`, NAME being one of kObjectiveWords, a metric or a derived column. Throws InputError.
Objective parse_objective(const std::string& text, const std::string& where);
/// Short words of objectives, for help and documents: "time, energy, ...".
std::string objective_words();

/// Throws InputError where the axis is none, or one of its words is not what it allows.
void check_axis(const Axis& axis);

/// Points of the whole grid; nothing where there are more than 2^62.
std::optional<std::int64_t> grid_size(const std::vector<Axis>& axes);

}  // namespace binade::sim
