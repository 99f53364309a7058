// SPDX-License-Identifier: Apache-2.0
// A spec from words: which network, where its tensors come from (a trace, a data set with trained parameters, files, or drawn
// ones), how much of it runs and on what.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/run_spec.h"

namespace binade::sim {

/// As `binade run` takes them; messages name its options.
struct SpecWords {
  std::string network;                      ///< a built-in name or a file; empty: the trace's
  std::vector<std::string> gemms;           ///< M,N,K[,COUNT]; instead of a network
  std::string data, weights, trace, input;  ///< where real tensors come from; empty: synthetic
  std::optional<std::int64_t> batch, samples;
  std::vector<std::string> layers;  ///< names or globs; empty: all
  std::uint64_t seed = 0;
  std::string core = "fast";        ///< a word of kCoreKinds
  std::string values = "full";      ///< full, none
  std::string reference = "full";   ///< full, none
  bool check = false;               ///< every layer on the golden model too
  std::string rtl_sample;           ///< tiles a layer, or a share of them, that also run through the RTL; empty: none
  std::string energy_table;         ///< empty: the one that comes with the program (cost_choice.h)
  std::string energy = "operands";  ///< operands, fixed: what a calibrated core is priced by
};

/// A few of many names, printable, for a line of text.
std::string some_of(const std::vector<std::string>& names);

/// Told what a user should know of files that are not wholly as wanted; may be empty.
using NoteSink = std::function<void(const std::string&)>;

/// Everything but settings (apply_settings). Throws InputError.
RunSpec make_spec(const SpecWords& words, const NoteSink& note = {});

}  // namespace binade::sim
