// SPDX-License-Identifier: Apache-2.0
// Autoflex: the exponent of a Flexpoint tensor, predicted from the history of its maxima (Koster et al., NIPS 2017, Algorithms
// 1 and 2; docs/fidelity.md 1.4 and 1.5). One `Autoflex` belongs to one tensor. Not a datapath: it sees one number per touch.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <vector>

namespace binade::exponent {

/// How log2 of the predicted maximum chi becomes an exponent. They differ only where chi is a power of two.
enum class ExponentRule : std::uint8_t {
  Floor,  ///< kappa = 2^(floor(log2 chi) - (N-2)): the public code, and the default everywhere
  Ceil,   ///< kappa = 2^(ceil(log2 chi) - (N-1)): the paper's Algorithm 2
};

/// Which arithmetic decides 2^j <= chi.
enum class AutoflexArithmetic : std::uint8_t {
  Published,  ///< statistics in binary64, chi rounded to binary32, its exponent field read
  Integer,    ///< exact integers, as the exponent unit does (autoflex_integer.h)
};

struct AutoflexParameters {
  int bits = 16;           ///< N, mantissa width, 2..32
  double alpha = 2;        ///< multiplicative headroom; Integer arithmetic: a multiple of 2^-8, as beta and gamma
  double beta = 3;         ///< headroom in population standard deviations
  double gamma = 100;      ///< additive headroom in LSB
  int window = 16;         ///< l: touches in the history
  int min_exponent = -32;  ///< clamp of log2 kappa, applied after every prediction
  int max_exponent = 0;
  ExponentRule rule = ExponentRule::Floor;
  bool infrequent_rule = false;  ///< tensors touched in fewer than 1/16 of the computations use their last two maxima only

  bool operator==(const AutoflexParameters&) const = default;
};

/// `paper` (alpha 2) or `ngraph` (alpha 1, infrequent rule); throws InputError naming both.
AutoflexParameters autoflex_preset(std::string_view name, int bits);

/// phi = max_abs * 2^lsb_exponent, exact. After an overflow max_abs is twice the stored maximum.
struct AutoflexTouch {
  std::uint64_t max_abs = 0;
  int lsb_exponent = 0;
  bool operator==(const AutoflexTouch&) const = default;
};

/// All that an Autoflex's predictions follow from beside its parameters.
struct AutoflexState {
  int lsb_exponent = 0;
  std::deque<AutoflexTouch> history;  ///< oldest first
  std::uint64_t overflows = 0;
  std::uint64_t adjustments = 0;  ///< predictions that followed a record
  bool dirty = false;             ///< something was recorded since the last prediction
  bool operator==(const AutoflexState&) const = default;
};

/// Exponent management of one tensor: record() after each kernel that wrote it, predict() before the next one that will.
class Autoflex {
 public:
  /// Throws InputError on parameters out of range.
  Autoflex(const AutoflexParameters& parameters, int lsb_exponent, AutoflexArithmetic arithmetic = AutoflexArithmetic::Integer);

  /// Where another one was.
  Autoflex(const AutoflexParameters& parameters, const AutoflexState& state);
  AutoflexState state() const;

  /// `max_abs`: largest |stored mantissa| of the tensor just written at lsb_exponent(); flex's -2^(N-1) counts as 2^(N-1).
  void record(std::uint64_t max_abs);
  /// The exponent for the next write; unchanged unless something was recorded since. `global_age`: computations executed so
  /// far by the whole program, each a group of kernels such as a forward pass; used by the infrequent rule only.
  int predict(std::uint64_t global_age = 0);

  int lsb_exponent() const { return lsb_exponent_; }
  std::uint64_t overflows() const { return overflows_; }
  const std::deque<AutoflexTouch>& history() const { return history_; }  ///< oldest first
  const AutoflexParameters& parameters() const { return parameters_; }
  /// From the next operation on; the history stays. Throws InputError as the constructor does.
  void set_parameters(const AutoflexParameters& parameters);

 private:
  AutoflexParameters parameters_;
  AutoflexArithmetic arithmetic_;
  int lsb_exponent_;
  std::deque<AutoflexTouch> history_;
  std::uint64_t overflows_ = 0;
  std::uint64_t adjust_count_ = 0;
  bool dirty_ = false;
};

/// True where a stored maximum counts as an overflow: max_abs >= 2^(N-1) - 1.
bool autoflex_overflows(int bits, std::uint64_t max_abs);

/// One try of Algorithm 1.
struct AutoflexTry {
  int lsb_exponent = 0;                ///< the kernel ran with
  std::uint64_t max_abs_plus_one = 0;  ///< Gamma + 1
  bool operator==(const AutoflexTry&) const = default;
};
struct AutoflexInitialisation {
  std::vector<AutoflexTry> trace;
  int lsb_exponent = 0;  ///< not clamped: the first clamp is that of the first prediction
};

/// Algorithm 1 for mantissas of `bits` bits: runs the kernel without committing, at most 11 times, until enough bits are seen.
/// `max_abs_of_run(e)` is the largest |stored mantissa| when the kernel writes at LSB exponent e.
AutoflexInitialisation autoflex_initialise(int bits, int start_exponent, const std::function<std::uint64_t(int)>& max_abs_of_run);

}  // namespace binade::exponent
