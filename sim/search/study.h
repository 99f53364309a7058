// SPDX-License-Identifier: Apache-2.0
// One network in many formats: how its outputs on a few inputs correlate with those in binary64, and how many of its samples it
// classifies as their labels say.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/settings.h"
#include "sim/host/run_spec.h"
#include "sim/jobs/progress.h"
#include "sim/search/measures.h"
#include "sim/search/outputs.h"

namespace binade::sim {

struct StudyOptions {
  std::int64_t inputs = 10;  ///< that outputs are correlated on; drawn by `seed`, the same for all formats
  std::uint64_t seed = 0;
  std::size_t jobs = 1;
};

/// A format and what came of it; absent: it cannot run, `refused` says why, or an interrupt came first.
struct FormatMeasure {
  std::optional<Measure> measure;
  std::string refused;
};

class FormatStudy {
 public:
  /// `spec`: with tensors. `settings`: of all formats; formats themselves are asked for. `measures` outlives it. Throws InputError
  /// where the spec has fewer samples than inputs are wanted.
  FormatStudy(RunSpec spec, Settings settings, const StudyOptions& options, Measures& measures);

  /// R squared of each format, in their order.
  std::vector<FormatMeasure> correlations(const std::vector<std::string>& formats, const ProgressSink& progress);
  /// Samples that are right, of those with labels. Precondition: there are labels.
  std::vector<FormatMeasure> correct(const std::vector<std::string>& formats, const ProgressSink& progress);
  /// The same in binary64.
  std::int64_t reference_correct();

  bool has_labels() const { return spec_.labels.has_value(); }
  std::int64_t samples() const { return samples_of(spec_); }
  const RunSpec& spec() const { return spec_; }
  /// The run of a format. Throws InputError.
  const RunSpec& spec_in(const std::string& format) { return with_format(spec_, format); }

 private:
  RunSpec& with_format(RunSpec& spec, const std::string& format) const;
  std::vector<FormatMeasure> measured(const std::vector<std::string>& formats, RunSpec& spec, const std::string& what,
                                      const std::function<double(const Outputs&)>& figure, const ProgressSink& progress);

  RunSpec spec_, few_;
  const Settings settings_;
  const StudyOptions options_;
  Measures& measures_;
  std::optional<Outputs> few_reference_;
  std::optional<std::int64_t> reference_correct_;
};

}  // namespace binade::sim
