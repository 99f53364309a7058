// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "tests/oracle/compare.h"

namespace binade::oracle {

numerics::AccumulateSpec accumulate_spec(const DotSpec& spec) {
  constexpr numerics::Accumulate kPolicies[] = {numerics::Accumulate::Exact, numerics::Accumulate::Blocked,
                                                numerics::Accumulate::Serial, numerics::Accumulate::Fp32,
                                                numerics::Accumulate::Chained};
  return {.policy = kPolicies[static_cast<int>(spec.policy)],
          .acc_bits = spec.acc_bits,
          .block = spec.block,
          .rounding = rounding(spec.mode),
          .chain = spec.chain,
          .bias = spec.bias_first ? numerics::BiasPosition::First : numerics::BiasPosition::Last};
}

numerics::OperandFormats operand_formats(const std::string& words) {
  const Operands formats = parse_operands(words);
  return {numerics::parse_format(formats.a.word), numerics::parse_format(formats.b.word), numerics::parse_format(formats.out.word)};
}

void judge_dot(const std::string& word, const DotSpec& spec, const std::vector<Code>& a, const std::vector<Code>& b,
               std::optional<Code> bias, Report& report) {
  const Operands formats = parse_operands(word);
  Events expected_events;
  const Code expected = dot(formats, spec, a, b, bias, expected_events);
  const auto accumulator =
      numerics::make_accumulator(operand_formats(word), accumulate_spec(spec), spec.product_shift, spec.bias_shift);
  accumulator->clear();
  const bool bias_first = numerics::bias_starts_sums(accumulate_spec(spec));
  if (bias && bias_first) accumulator->add_bias(*bias);
  for (std::size_t k = 0; k < a.size(); ++k) accumulator->mac(a[k], b[k]);
  if (bias && !bias_first) accumulator->add_bias(*bias);
  const Code actual = accumulator->result(spec.relu, spec.random);
  report.check(expected == actual && same(expected_events, accumulator->events()), [&] {
    std::ostringstream out;
    out << word << " dot policy " << static_cast<int>(spec.policy) << " mode " << static_cast<int>(spec.mode) << " acc_bits "
        << spec.acc_bits << " block " << spec.block << " chain " << spec.chain << (spec.bias_first ? " bias first" : "")
        << " shift " << spec.product_shift << " bias_shift " << spec.bias_shift << " relu " << spec.relu << " length " << a.size()
        << std::hex;
    for (std::size_t k = 0; k < a.size() && k < 6; ++k) out << " 0x" << a[k] << " 0x" << b[k];
    if (bias) out << " bias 0x" << *bias;
    out << ": expected 0x" << expected << " " << text(expected_events) << ", is 0x" << actual << " " << text(accumulator->events());
    return out.str();
  });
}

}  // namespace binade::oracle
