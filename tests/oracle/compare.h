// SPDX-License-Identifier: Apache-2.0
// Where the oracle and models/ meet: conversions, the implementation under test as a function, and sweeps that report
// mismatches of code or event counts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/numerics/accumulator.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "tests/oracle/reference/dot.h"

namespace binade::oracle {

enum class Op { Add, Sub, Mul, Div, Sqrt, Fma };
inline constexpr Op kPairOps[] = {Op::Add, Op::Sub, Op::Mul, Op::Div};

struct Case {
  Op op = Op::Add;
  Code a = 0;
  Code b = 0;
  Code c = 0;
  Mode mode = Mode::Rne;
  int exponent = 0;  ///< shared exponent of operands and result
  std::uint32_t random = 0;
};

/// What is judged: a case to a code and its events.
using Implementation = std::function<Code(const Case&, numerics::Events&)>;
/// The encoder alone.
using Encoder = std::function<Code(const numerics::Unpacked&, const numerics::Quantisation&, numerics::Events&)>;

Implementation model(const std::string& word);
Encoder model_encoder(const std::string& word);
numerics::Rounding rounding(Mode mode);
/// Of `A:B:OUT`, or of one word for all three.
numerics::OperandFormats operand_formats(const std::string& words);
numerics::AccumulateSpec accumulate_spec(const DotSpec& spec);
/// The top 64 bits and a sticky bit.
numerics::Unpacked unpacked(const Value& value);
bool same(const Events& expected, const numerics::Events& actual);
std::string text(const Events& events);
std::string text(const numerics::Events& events);

/// Mismatches of one sweep; the first few in words, each enough to repeat the case.
class Report {
 public:
  void check(bool good, const std::function<std::string()>& describe);
  bool clean() const { return mismatches_ == 0 && checked_ > 0; }
  std::uint64_t checked() const { return checked_; }
  std::uint64_t mismatches() const { return mismatches_; }
  std::string summary() const;

 private:
  std::uint64_t checked_ = 0;
  std::uint64_t mismatches_ = 0;
  std::string first_;
};

/// True under BINADE_FULL=1, which widens the sweeps.
bool full_run();
/// A well mixed 64-bit function of the counter: the operands of random tests.
std::uint64_t mix(std::uint64_t counter);

/// One case against the oracle; `exact` is the oracle's exact result of the operation.
void judge(const Format& format, const Case& one, const Value& exact, const Implementation& implementation, Report& report);
Value exact_result(const Format& format, const Case& one);

/// All pairs of codes through add sub mul div, all codes through sqrt, in the given modes.
Report sweep_pairs(const std::string& word, const std::vector<Mode>& modes, int exponent, const Implementation& implementation);
/// Values at, just below and just above every code and every rounding boundary of every `stride`-th code, both signs, all modes.
Report sweep_boundaries(const std::string& word, std::uint32_t stride, int exponent, const Encoder& encoder);
/// Decodes every `stride`-th code and encodes it again.
Report sweep_codes(const std::string& word, std::uint32_t stride, int exponent);

/// A dot product (operand_formats(word)) through the literal accumulator of models/ against the oracle.
void judge_dot(const std::string& word, const DotSpec& spec, const std::vector<Code>& a, const std::vector<Code>& b,
               std::optional<Code> bias, Report& report);

}  // namespace binade::oracle
