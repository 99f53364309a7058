// SPDX-License-Identifier: Apache-2.0
// Runs a unit's module against its golden model, block by block, on several threads. The result does not depend on their number.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/numerics/events.h"
#include "sim/verify/adapter.h"
#include "sim/verify/scoreboard.h"
#include "sim/verify/survey.h"
#include "sim/verify/unit.h"

namespace binade::verify {

struct EngineOptions {
  StimulusKind kind = StimulusKind::Random;
  Stalls stalls = Stalls::None;
  std::uint64_t vectors = 10000;  ///< of operands: about so many, 0 for all; of rows without meaning
  std::uint64_t seed = 0;
  std::size_t jobs = 1;
  std::size_t failures = 5;  ///< failing blocks that are told of, and after which the run ends
  bool survey = false;       ///< the run goes on to its end whatever fails; of a unit with timeless(), of what it draws
  Adapter adapter;
  std::vector<Row> trace;  ///< not empty: these input rows instead of stimuli, one block
  /// Not empty: operands of these products instead. The unit takes them.
  std::vector<const programs::ProductOperands*> operands;
  std::filesystem::path wave;      ///< FST of everything; one job
  std::filesystem::path coverage;  ///< Verilator's coverage data, one file a job: PATH.0, PATH.1, ...
};

struct Outcome {
  std::uint64_t vectors = 0, cycles = 0, blocks = 0;
  double seconds = 0;
  numerics::Events events;
  std::vector<std::uint64_t> hits;   ///< in the order of Unit::classes()
  std::vector<bool> absent;          ///< likewise: the module lacks what the class takes
  std::vector<bool> compared;        ///< of the unit's outputs: the module has some of it, and it is not left out
  std::vector<Mismatch> mismatches;  ///< by block, at most EngineOptions::failures, each block's first
  std::uint64_t failing_blocks = 0;
  std::optional<Pattern> pattern;  ///< of a survey that met failing vectors
  bool complete = false;           ///< every block ran: neither `stop` nor a failure cut the run short
  std::string trouble;             ///< what ended the run after a mismatch had been found; empty: nothing
};

/// Told from any thread, one at a time.
struct Listener {
  std::function<void(std::uint64_t, std::uint64_t)> progress;  ///< (vectors done, vectors to do), now and then
  std::function<void(const Mismatch&)> mismatch;               ///< each, as soon as it is found
};

/// The mode of a unit that rounds by its rounding_i in a module that has none, where Adapter::roundings does not say it.
std::optional<std::uint64_t> only_rounding(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image,
                                           const Adapter& adapter);

/// The unit as the module has it: with clocks around what is combinational where the module or the adapter says so. Throws
/// InputError with every way in which the module's ports are not the unit's (Binding).
std::unique_ptr<Unit> fitted(std::unique_ptr<Unit> unit, const std::shared_ptr<const rtl::ModuleImage>& image,
                             const Adapter& adapter);

/// `stop` ends the run early. A failure (of a file that cannot be written, of memory) is thrown on only where no mismatch had been
/// found: what was found is never lost.
Outcome run(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image, const EngineOptions& options,
            const Listener& listener, const std::atomic<bool>& stop);

}  // namespace binade::verify
