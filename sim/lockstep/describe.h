// SPDX-License-Identifier: Apache-2.0
// The words of a mismatch: values, operands, commands, and the command line that runs a core again.
#pragma once

#include <string>

#include "sim/lockstep/comparer.h"
#include "sim/lockstep/recording.h"

namespace binade::lockstep {

/// A word of the output stream, raw and decoded: an element code's value in its own format, a raw accumulator as an integer.
std::string word_text(const datapath::CoreConfig& config, std::uint64_t word);
/// Both values of a difference, each after its core's name.
std::string values_text(const datapath::CoreConfig& config, const Difference& difference);
/// "m 4 n 3 k 25 first_k 1 ...".
std::string command_text(const datapath::CoreCommand& command);
/// The operands in flight, a line each: row of A, column of B and bias of the output element, or the vectors taken last.
std::string operands_text(const datapath::CoreConfig& config, const Recording& recording, const Difference& difference);
/// `binade verify core` of this configuration; parameters at their defaults are left out.
std::string verify_command(const datapath::CoreConfig& config, const std::string& replay_file);

}  // namespace binade::lockstep
