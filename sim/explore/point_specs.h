// SPDX-License-Identifier: Apache-2.0
// Points of a space as runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/config/recipe_file.h"
#include "sim/config/settings.h"
#include "sim/explore/sampling.h"
#include "sim/explore/space.h"
#include "sim/run/make_spec.h"

namespace binade::sim {

/// What all points begin with.
struct RunBase {
  SpecWords words;
  std::string recipe;  ///< NAME[,KEY=WORD...]; empty: none
  /// Settings with what a recipe brings (null: none), before the words of axes. Throws InputError.
  std::function<Settings(const RecipeFile*)> settings;
};

class PointSpecs {
 public:
  PointSpecs(const Space& space, RunBase base, NoteSink note);

  /// Points of one workload share their tensors.
  std::string workload(const Choice& choice) const;
  /// Throws InputError where the workload cannot be run at all; of its shapes alone, without tensors.
  void check_workload(const Choice& choice) const;
  /// The run of a point. Tensors are made for the first of its workload and kept until a point of another; the spec is good until
  /// the next call. Throws InputError.
  const RunSpec& spec_of(const Choice& choice);

  /// JSON objects: the words of its axes; the keys of its configuration.
  std::string axes_text(const Choice& choice) const;
  std::string config_text(const RunSpec& spec) const;

 private:
  SpecWords words_of(const Choice& choice) const;
  std::string recipe_of(const Choice& choice) const;
  const RecipeFile* recipe(const std::string& text);
  const Settings& base_settings(const std::string& recipe);

  const Space& space_;
  RunBase base_;
  NoteSink note_;
  std::string made_;  ///< the workload that spec_ is of
  std::optional<RunSpec> spec_;
  std::map<std::string, RecipeFile> recipes_;
  std::map<std::string, Settings> settings_;
};

}  // namespace binade::sim
