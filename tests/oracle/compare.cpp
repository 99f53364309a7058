// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/compare.h"

#include <cstdlib>
#include <sstream>

namespace binade::oracle {

using numerics::FormatSpec;
using numerics::NumberClass;
using numerics::Quantisation;
using numerics::Unpacked;

numerics::Rounding rounding(Mode mode) {
  switch (mode) {
    case Mode::Rne:
      return numerics::Rounding::Rne;
    case Mode::Rtz:
      return numerics::Rounding::Rtz;
    case Mode::Rhu:
      return numerics::Rounding::Rhu;
    case Mode::Rha:
      return numerics::Rounding::Rha;
    case Mode::Sr:
      return numerics::Rounding::Sr;
    case Mode::Rdn:
      return numerics::Rounding::Rdn;
    case Mode::Rup:
      break;
  }
  return numerics::Rounding::Rup;
}

Unpacked unpacked(const Value& value) {
  if (value.is_nan()) return {NumberClass::Nan, false, false, 0, 0};
  if (value.is_inf()) return {NumberClass::Inf, value.negative, false, 0, 0};
  if (value.is_zero()) return {NumberClass::Zero, value.negative, false, 0, 0};
  const long scale = floor_log2(value.magnitude);
  const mpq_class significand = scaled(value.magnitude, 63 - scale);
  const mpz_class top = floor_of(significand);
  return {NumberClass::Finite, value.negative, significand != top, static_cast<std::int32_t>(scale), top.get_ui()};
}

bool same(const Events& expected, const numerics::Events& actual) {
  return expected.saturation == actual.saturation && expected.underflow == actual.underflow &&
         expected.overflow == actual.overflow && expected.nar == actual.nar && expected.inexact == actual.inexact;
}

namespace {

template <class AnyEvents>
std::string event_text(const AnyEvents& events) {
  std::ostringstream out;
  out << "[sat " << events.saturation << " und " << events.underflow << " ovf " << events.overflow << " nar " << events.nar
      << " inx " << events.inexact << "]";
  return out.str();
}

const char* name(Op op) {
  constexpr const char* kNames[] = {"add", "sub", "mul", "div", "sqrt", "fma"};
  return kNames[static_cast<int>(op)];
}

const char* name(Mode mode) {
  constexpr const char* kNames[] = {"rne", "rtz", "rhu", "rha", "sr", "rdn", "rup"};
  return kNames[static_cast<int>(mode)];
}

std::string describe(const Format& format, const Case& one) {
  std::ostringstream out;
  out << format.word << " " << name(one.op) << " " << name(one.mode) << std::hex << " 0x" << one.a << " 0x" << one.b << " 0x"
      << one.c << " random 0x" << one.random << std::dec << " exponent " << one.exponent;
  return out.str();
}

std::string versus(Code expected, const Events& expected_events, Code actual, const numerics::Events& actual_events) {
  std::ostringstream out;
  out << ": expected 0x" << std::hex << expected << " " << text(expected_events) << ", is 0x" << actual << " "
      << text(actual_events);
  return out.str();
}

/// The point at which rounding to nearest turns between magnitude codes c and c + 1.
mpq_class boundary(const Format& format, Code code, int exponent) {
  if (format.kind == Kind::Posit) {
    Format longer = format;
    ++longer.bits;
    return decode(longer, 2 * code + 1).magnitude;
  }
  return (decode(format, code, exponent).magnitude + decode(format, code + 1, exponent).magnitude) / 2;
}

}  // namespace

std::string text(const Events& events) { return event_text(events); }
std::string text(const numerics::Events& events) { return event_text(events); }

Implementation model(const std::string& word) {
  return [format = numerics::parse_format(word)](const Case& one, numerics::Events& events) {
    const Unpacked a = numerics::decode(format, one.a, one.exponent);
    const Unpacked b = numerics::decode(format, one.b, one.exponent);
    const Unpacked c = numerics::decode(format, one.c, one.exponent);
    const Unpacked exact = one.op == Op::Add   ? numerics::add(a, b)
                           : one.op == Op::Sub ? numerics::sub(a, b)
                           : one.op == Op::Mul ? numerics::mul(a, b)
                           : one.op == Op::Div ? numerics::div(a, b)
                           : one.op == Op::Fma ? numerics::fma(a, b, c)
                                               : numerics::sqrt(a);
    return numerics::encode(format, exact, {rounding(one.mode), one.exponent, one.random, false}, events);
  };
}

Encoder model_encoder(const std::string& word) {
  return [format = numerics::parse_format(word)](const Unpacked& value, const Quantisation& how, numerics::Events& events) {
    return numerics::encode(format, value, how, events);
  };
}

void Report::check(bool good, const std::function<std::string()>& describe_case) {
  ++checked_;
  if (good) return;
  if (++mismatches_ <= 8) first_ += describe_case() + "\n";
}

std::string Report::summary() const {
  return std::to_string(mismatches_) + " mismatches in " + std::to_string(checked_) + " checks\n" + first_;
}

bool full_run() {
  const char* value = std::getenv("BINADE_FULL");
  return value != nullptr && std::string(value) == "1";
}

std::uint64_t mix(std::uint64_t counter) {  // splitmix64, Steele et al. 2014
  std::uint64_t z = (counter + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

Value exact_result(const Format& format, const Case& one) {
  const Value a = decode(format, one.a, one.exponent);
  const Value b = decode(format, one.b, one.exponent);
  switch (one.op) {
    case Op::Add:
      return add(a, b);
    case Op::Sub:
      return sub(a, b);
    case Op::Mul:
      return mul(a, b);
    case Op::Div:
      return div(a, b);
    case Op::Sqrt:
      return sqrt(a);
    case Op::Fma:
      break;
  }
  return fma(a, b, decode(format, one.c, one.exponent));
}

void judge(const Format& format, const Case& one, const Value& exact, const Implementation& implementation, Report& report) {
  Events expected_events;
  const Code expected = encode(format, exact, one.mode, one.exponent, one.random, expected_events);
  numerics::Events actual_events;
  const Code actual = implementation(one, actual_events);
  report.check(expected == actual && same(expected_events, actual_events),
               [&] { return describe(format, one) + versus(expected, expected_events, actual, actual_events); });
}

Report sweep_pairs(const std::string& word, const std::vector<Mode>& modes, int exponent, const Implementation& implementation) {
  const Format format = parse(word);
  const Code last = format.code_count_minus_one();
  std::vector<Value> values;
  for (Code a = 0; a <= last; ++a) values.push_back(decode(format, a, exponent));
  Report report;
  const auto all_modes = [&](Case one, const Value& exact) {
    one.exponent = exponent;
    for (const Mode mode : modes) {
      one.mode = mode;
      one.random = static_cast<std::uint32_t>(mix(std::uint64_t{one.a} << 32 | one.b));
      judge(format, one, exact, implementation, report);
    }
  };
  for (Code a = 0; a <= last; ++a) {
    for (Code b = 0; b <= last; ++b) {
      all_modes({Op::Add, a, b}, add(values[a], values[b]));
      all_modes({Op::Sub, a, b}, sub(values[a], values[b]));
      all_modes({Op::Mul, a, b}, mul(values[a], values[b]));
      all_modes({Op::Div, a, b}, div(values[a], values[b]));
    }
    all_modes({Op::Sqrt, a}, sqrt(values[a]));
  }
  return report;
}

Report sweep_boundaries(const std::string& word, std::uint32_t stride, int exponent, const Encoder& encoder) {
  const Format format = parse(word);
  Report report;
  const auto probe = [&](const mpq_class& magnitude) {
    if (magnitude == 0) return;
    const std::uint32_t discarded = place(format, magnitude, exponent).discarded;
    for (const bool negative : {false, true}) {
      const Value value{Value::Kind::Number, negative, magnitude};
      const Unpacked input = unpacked(value);
      for (const Mode mode : kModes) {
        // The two draws at which stochastic rounding just does not and just does carry.
        for (const std::uint32_t random : {~discarded, ~discarded + 1}) {
          if (mode != Mode::Sr && random != ~discarded) continue;
          Events expected_events;
          const Code expected = encode(format, value, mode, exponent, random, expected_events);
          numerics::Events actual_events;
          const Code actual = encoder(input, {rounding(mode), exponent, random, false}, actual_events);
          report.check(expected == actual && same(expected_events, actual_events), [&] {
            std::ostringstream out;
            out << word << " encode " << name(mode) << " " << value.signed_value() << " random 0x" << std::hex << random;
            return out.str() + versus(expected, expected_events, actual, actual_events);
          });
        }
      }
    }
  };
  const Code largest = static_cast<Code>(format.largest_integer());  // the largest code of a positive number, NaN and Inf included
  for (Code code = 0; code < largest; code += stride) {
    const Value low = decode(format, code, exponent);
    if (!low.is_number()) break;
    const bool last = !decode(format, code + 1, exponent).is_number();
    // Beyond the largest number the grid goes on at the same pitch.
    const mpq_class turn =
        last ? mpq_class(low.magnitude + boundary(format, code - 1, exponent) - decode(format, code - 1, exponent).magnitude)
             : boundary(format, code, exponent);
    for (const mpq_class& at : {low.magnitude, turn}) {
      probe(at);
      for (const long distance : {-55L, -200L}) {  // inside the 64-bit significand, and in the sticky bit
        const mpq_class displacement = scaled(at == 0 ? mpq_class(turn) : at, distance);
        probe(at + displacement);
        if (at != 0) probe(at - displacement);
      }
    }
  }
  if (format.kind == Kind::Flex) {  // one more code on the negative side
    const mpq_class edge = scaled(mpq_class(format.largest_integer() + 1), exponent);
    for (const mpq_class& at : {edge, mpq_class(edge + scaled(1, exponent - 1)), mpq_class(edge * 4)}) probe(at);
  }
  return report;
}

Report sweep_codes(const std::string& word, std::uint32_t stride, int exponent) {
  const Format format = parse(word);
  const FormatSpec spec = numerics::parse_format(word);
  Report report;
  const std::uint64_t last = format.code_count_minus_one();
  for (std::uint64_t wide = 0; wide <= last; wide += stride) {
    const Code code = static_cast<Code>(wide);
    const Value value = decode(format, code, exponent);
    const Unpacked actual = numerics::decode(spec, code, exponent);
    const Unpacked wanted = unpacked(value);
    report.check(value.is_nan() ? actual.is_nan() : wanted == actual, [&] {
      std::ostringstream out;
      out << word << " decode 0x" << std::hex << code << std::dec << ": expected " << value.signed_value() << ", is class "
          << static_cast<int>(actual.number_class) << " sign " << actual.negative << " significand " << actual.significand
          << " scale " << actual.scale;
      return out.str();
    });
    Events expected_events;
    const Code expected = encode(format, value, format.default_mode(), exponent, 0, expected_events);
    numerics::Events actual_events;
    const Code again = numerics::encode(spec, actual, {rounding(format.default_mode()), exponent, 0, false}, actual_events);
    report.check(expected == again && same(expected_events, actual_events),
                 [&] { return word + " re-encode" + versus(expected, expected_events, again, actual_events); });
  }
  return report;
}

}  // namespace binade::oracle
