// SPDX-License-Identifier: Apache-2.0
// A run as a value: everything that can change its result, and nothing else. What a caller wants beside the result (progress, an
// end before the end, the outputs themselves) are hooks (run.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hw/config.h"
#include "models/cost/energy_table.h"
#include "models/networks/network.h"
#include "models/operations/tensor.h"
#include "models/programs/formats.h"
#include "sim/host/calibrated_costs.h"
#include "sim/host/core_kind.h"
#include "sim/host/step_spec.h"
#include "sim/host/tiling.h"
#include "sim/lockstep/sample_size.h"

namespace binade::sim {

/// Flexpoint exponent management (docs/fidelity.md 1.4, 1.5).
struct FlexOptions {
  std::string preset = "paper";  ///< paper | ngraph
  bool init_on_device = false;   ///< true: Algorithm 1's retries run on the device and are counted
};

/// sdfp: bias added to the shared exponent per tensor class; absent = automatic (leading-bit histogram).
struct SdfpOptions {
  std::optional<int> weights = 0, activations = 0;
  int add_shift = 0;  ///< dfp and sdfp: headroom bits (docs/fidelity.md 4.2)
};

struct RunSpec {
  std::string format;  ///< what the run is called: the word of the key `format`; empty: the format of the platform's results
  networks::Network network;
  operations::Parameters parameters;
  /// By the name of the layer whose output it is, samples x that output's shape: all of the network's Inputs, or outputs of inner
  /// layers, from which alone the run then starts.
  std::map<std::string, operations::Tensor> inputs;
  std::optional<std::vector<int>> labels;
  std::string tensors;         ///< RunReport::tensors
  std::string tensors_digest;  ///< of what their values follow from; empty: the values speak for themselves
  std::int64_t batch = 1;      ///< samples per pass; the last pass may be smaller. Exponent histories carry over passes
  std::vector<std::string> layer_selection;  ///< names or globs; empty = all. Unselected layers run in the reference only
  hw::PlatformConfig platform;               ///< complete_platform() is asked where formats differ
  /// Absent: every product in the core's mode 0, every tensor in its formats.
  std::optional<programs::FormatChoice> formats;
  CoreKind core = CoreKind::Fast;
  std::optional<lockstep::SampleSize> rtl_sample;  ///< tiles of each layer, drawn by `seed`, that also run through the RTL
  FlexOptions flex;
  SdfpOptions sdfp;
  std::uint64_t seed = 0;
  cost::EnergyTable energy_table;             ///< of memories; where the core is not calibrated, of all
  std::optional<CalibratedCosts> calibrated;  ///< of the core
  bool clock_of_table = false;                ///< platform.clock_ghz is what its critical path allows: complete_platform() sets it
  /// False: all error figures are absent, and no float64 reference is computed but for layers that are not selected: what follows
  /// reads their outputs. `platform.values` false, tensors without values
  /// (inputs then have shapes alone, parameters none), takes the reference and all digests away too.
  bool reference = true;
  bool fold_batchnorm = false;        ///< batch normalisations are part of the products before them: sim/run/fold.h
  bool check = false;                 ///< every operation also on the golden model; a difference is a MismatchError
  TilingChoice tiling = {};           ///< of matrix products
  std::optional<StepSpec> step = {};  ///< a training step in place of the forward pass; with `formats`

  bool uses_rtl() const { return needs_rtl(core) || rtl_sample; }
};

/// Names of the layers whose outputs are given.
std::vector<std::string> given_names(const RunSpec& spec);
/// What is run: the network's forward pass from those on, with formats. Throws InputError.
programs::Program program_of(const RunSpec& spec);
/// Gives the platform the modes of its core and the element formats that the program needs, and what follows from them: a clock of
/// the cost table, and whether operands are counted for it. Throws InputError.
void complete_platform(RunSpec& spec);
/// Of every input; 0 where there are none.
std::int64_t samples_of(const RunSpec& spec);

}  // namespace binade::sim
