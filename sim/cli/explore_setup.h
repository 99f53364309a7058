// SPDX-License-Identifier: Apache-2.0
// A space and what its points begin with, as the command line and its file say: the same in the command and in its tasks.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "sim/cli/explore_options.h"
#include "sim/config/settings.h"
#include "sim/explore/judge.h"
#include "sim/explore/point_specs.h"
#include "sim/explore/space.h"

namespace binade::sim {

class ExploreSetup {
 public:
  /// Chooses what `options` leaves open: values and objectives. Throws InputError with every problem.
  ExploreSetup(CLI::App& command, ExploreOptions& options);
  ExploreSetup(const ExploreSetup&) = delete;
  ExploreSetup& operator=(const ExploreSetup&) = delete;

  const Space& space() const { return space_; }
  const Judge& judge() const { return *judge_; }
  RunBase base() const;

 private:
  Settings base_settings(const RecipeFile* rules) const;
  void choose_values();
  void choose_objectives();
  void check_figures() const;

  ExploreOptions& options_;
  Space space_;
  std::optional<Judge> judge_;
};

}  // namespace binade::sim
