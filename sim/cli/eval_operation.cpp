// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/eval_operation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "models/exponent/autoflex_evaluator.h"
#include "models/exponent/quantize.h"
#include "models/numerics/accumulator.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "models/spec/limits.h"
#include "models/spec/words.h"
#include "sim/cli/eval_text.h"

namespace binade::sim {
namespace {

using numerics::Code;
using numerics::Events;
using numerics::FormatSpec;
using numerics::Rounding;
using numerics::Unpacked;

void require_operands(std::span<const std::string_view> words, std::size_t count) {
  if (words.size() != count)
    throw InputError(std::to_string(words.size()) + " operands; this operation takes " + std::to_string(count));
}

/// How results of this run are rounded; sr draws tensor 0 (quantize: the position in the line), element = line index.
struct OutputRounding {
  Rounding mode = Rounding::Rne;
  std::uint32_t seed = 0;

  std::uint32_t random(std::uint64_t index, std::uint32_t tensor = 0) const {
    return mode == Rounding::Sr ? numerics::random_bits(seed, tensor, index) : 0;
  }
};

class Encode final : public EvalOperation {
 public:
  Encode(const FormatSpec& format, const OutputRounding& rounding) : format_(format), rounding_(rounding) {}
  void evaluate(std::span<const std::string_view> words, std::uint64_t index, std::string& out) override {
    const Unpacked value = parse_value(words);
    append_code(out, format_, code_of(value, index));
  }
  SavedArray evaluate_array(const EvalArray& in, std::string& /*printed*/) override {
    std::vector<Code> codes;
    codes.reserve(in.values.size());
    for (const double value : in.values) codes.push_back(code_of(numerics::from_double(value), codes.size()));
    return code_array(format_, in.shape, codes);
  }

 private:
  Code code_of(const Unpacked& value, std::uint64_t index) {
    return numerics::encode(format_, value, {rounding_.mode, 0, rounding_.random(index), false}, events_);
  }

  FormatSpec format_;
  OutputRounding rounding_;
};

class Decode final : public EvalOperation {
 public:
  explicit Decode(const FormatSpec& format) : format_(format) {}
  void evaluate(std::span<const std::string_view> words, std::uint64_t /*index*/, std::string& out) override {
    require_operands(words, 1);
    append_value(out, format_, numerics::decode(format_, parse_code(format_, words[0])));
  }
  SavedArray evaluate_array(const EvalArray& in, std::string& /*printed*/) override {
    std::vector<double> values;
    values.reserve(in.values.size());
    for (const Code code : codes_of(format_, in)) values.push_back(numerics::to_double(numerics::decode(format_, code)));
    SavedArray array = saved(values);
    array.shape = in.shape;
    return array;
  }

 private:
  FormatSpec format_;
};

class Arithmetic final : public EvalOperation {
 public:
  Arithmetic(const FormatSpec& format, const FormatSpec& to, const OutputRounding& rounding, numerics::Tininess tininess,
             const numerics::ArithmeticRow& row)
      : format_(format), to_(to), rounding_(rounding), tininess_(tininess), row_(row) {}
  void evaluate(std::span<const std::string_view> words, std::uint64_t index, std::string& out) override {
    require_operands(words, row_.operands);
    std::array<Code, numerics::kMostOperands> codes{};
    for (std::size_t i = 0; i < words.size(); ++i) codes[i] = parse_code(format_, words[i]);
    flags_ = {};
    append_code(out, to_, result_of(codes, index));
  }
  /// Of one operand an element is a line; of several the last axis.
  SavedArray evaluate_array(const EvalArray& in, std::string& /*printed*/) override {
    const std::size_t operands = row_.operands;
    const auto shape = operands == 1 ? in.shape : shape_of_lines(in, static_cast<std::int64_t>(operands));
    const std::vector<Code> codes = codes_of(format_, in);
    std::vector<Code> results;
    results.reserve(codes.size() / operands);
    for (std::size_t at = 0; at < codes.size(); at += operands)
      results.push_back(result_of(std::span(codes).subspan(at, operands), results.size()));
    return code_array(to_, shape, results);
  }

 private:
  Code result_of(std::span<const Code> codes, std::uint64_t index) {
    const auto result = numerics::operate(row_, format_, codes.first(row_.operands), to_,
                                          {rounding_.mode, 0, rounding_.random(index), false}, tininess_, events_);
    flags_.bits |= result.flags.bits;
    return result.code;
  }

  FormatSpec format_, to_;
  OutputRounding rounding_;
  numerics::Tininess tininess_;
  numerics::ArithmeticRow row_;
};

class Compare final : public EvalOperation {
 public:
  explicit Compare(const FormatSpec& format) : format_(format) {}
  void evaluate(std::span<const std::string_view> words, std::uint64_t /*index*/, std::string& out) override {
    require_operands(words, 2);
    flags_ = {};
    out += numerics::kRelationWords[relation_of(parse_code(format_, words[0]), parse_code(format_, words[1]))];
  }
  SavedArray evaluate_array(const EvalArray& in, std::string& /*printed*/) override {
    const auto shape = shape_of_lines(in, 2);
    const std::vector<Code> codes = codes_of(format_, in);
    std::vector<std::uint8_t> relations;
    for (std::size_t at = 0; at < codes.size(); at += 2)
      relations.push_back(static_cast<std::uint8_t>(relation_of(codes[at], codes[at + 1])));
    SavedArray array = saved(relations);
    array.shape = shape;
    return array;
  }

 private:
  Code relation_of(Code a, Code b) {
    const auto result = numerics::compare_codes(format_, a, b);
    flags_.bits |= result.flags.bits;
    return static_cast<Code>(result.relation);
  }

  FormatSpec format_;
};

class Dot final : public EvalOperation {
 public:
  Dot(const FormatSpec& format, const OutputRounding& rounding, const numerics::AccumulateSpec& accumulate, int product_shift)
      : format_(format), rounding_(rounding), accumulator_(numerics::make_accumulator(format, accumulate, product_shift)) {}
  void evaluate(std::span<const std::string_view> words, std::uint64_t index, std::string& out) override {
    if (words.size() % 2 != 0) throw InputError(std::to_string(words.size()) + " operands; dot takes pairs: a1 b1 a2 b2 ...");
    accumulator_->clear();
    for (std::size_t i = 0; i < words.size(); i += 2)
      accumulator_->mac(parse_code(format_, words[i]), parse_code(format_, words[i + 1]));
    append_code(out, format_, accumulator_->result(false, rounding_.random(index)));
  }
  SavedArray evaluate_array(const EvalArray& in, std::string& /*printed*/) override {
    const std::int64_t operands = in.shape.empty() ? 1 : in.shape.back();
    if (operands % 2 != 0)
      throw InputError(std::to_string(operands) + " elements on the last axis; dot takes pairs: a1 b1 a2 b2 ...");
    const std::vector<std::int64_t> shape = shape_of_lines(in, operands);
    const std::vector<Code> codes = codes_of(format_, in);
    std::vector<Code> results(static_cast<std::size_t>(elements_of(shape)));
    for (std::size_t i = 0, at = 0; i < results.size(); ++i) {
      accumulator_->clear();
      for (std::int64_t pair = 0; pair < operands / 2; ++pair, at += 2) accumulator_->mac(codes[at], codes[at + 1]);
      results[i] = accumulator_->result(false, rounding_.random(i));
    }
    return code_array(format_, shape, results);
  }
  Events events() const override { return accumulator_->events(); }

 private:
  FormatSpec format_;
  OutputRounding rounding_;
  std::unique_ptr<numerics::Accumulator> accumulator_;
};

int add_shift_of(const EvalOptions& options) {
  constexpr const spec::Limit& kLimit = spec::limit_of("dfp.add_shift");
  const int add_shift = options.add_shift.value_or(0);
  if (!kLimit.contains(add_shift)) throw InputError("eval: --add-shift " + kLimit.refusal(add_shift));
  return add_shift;
}

class Quantize final : public EvalOperation {
 public:
  Quantize(const FormatSpec& format, const OutputRounding& rounding, std::optional<int> sdfp_bias, int add_shift)
      : format_(format), rounding_(rounding) {
    options_.sdfp_bias = sdfp_bias;
    options_.add_shift = add_shift;
  }
  void evaluate(std::span<const std::string_view> words, std::uint64_t index, std::string& out) override {
    values_.clear();
    for (const std::string_view word : words) values_.push_back(parse_real(word));
    const bool shared = format_.shared_exponent();
    const int lsb_exponent = exponent_of(values_);
    if (shared) out += std::to_string(lsb_exponent);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const Code code = code_of(values_[i], lsb_exponent, index, i);
      if (shared || i != 0) out += ' ';
      if (shared)
        out += std::to_string(numerics::mantissa_of(format_, code));
      else
        append_code(out, format_, code);
    }
  }
  /// The array is one line.
  SavedArray evaluate_array(const EvalArray& in, std::string& printed) override {
    const int lsb_exponent = exponent_of(in.values);
    std::vector<Code> codes;
    codes.reserve(in.values.size());
    for (const double value : in.values) codes.push_back(code_of(value, lsb_exponent, 0, codes.size()));
    if (!format_.shared_exponent()) return code_array(format_, in.shape, codes);
    printed += std::to_string(lsb_exponent) + '\n';
    return mantissa_array(format_, in.shape, codes);
  }

 private:
  int exponent_of(const std::vector<double>& values) const {
    return format_.shared_exponent() ? exponent::tensor_exponent(format_, values, options_) : 0;
  }
  Code code_of(double value, int lsb_exponent, std::uint64_t index, std::size_t position) {
    const std::uint32_t random = rounding_.random(index, static_cast<std::uint32_t>(position));
    return numerics::encode(format_, numerics::from_double(value), {rounding_.mode, lsb_exponent, random, false}, events_);
  }

  FormatSpec format_;
  OutputRounding rounding_;
  exponent::QuantizeOptions options_;
  std::vector<double> values_;
};

class Autoflex final : public EvalOperation {
 public:
  Autoflex(const FormatSpec& format, std::string_view preset, int start, bool initialise)
      : evaluator_(format, preset, start, initialise) {}
  void evaluate(std::span<const std::string_view> words, std::uint64_t /*index*/, std::string& out) override {
    require_operands(words, 1);
    const exponent::AutoflexStep step = touch(parse_real(words[0]), out);
    out += std::to_string(step.lsb_exponent) + ' ' + std::to_string(step.max_mantissa) + (step.overflow ? " ovf " : " - ") +
           std::to_string(step.next_lsb_exponent);
  }
  /// A row an element: exponent, largest mantissa, overflow, next exponent.
  SavedArray evaluate_array(const EvalArray& in, std::string& printed) override {
    std::vector<std::int64_t> rows;
    rows.reserve(4 * in.values.size());
    for (const double value : in.values) {
      const exponent::AutoflexStep step = touch(value, printed);
      rows.insert(rows.end(),
                  {step.lsb_exponent, static_cast<std::int64_t>(step.max_mantissa), step.overflow, step.next_lsb_exponent});
    }
    SavedArray array = saved(rows);
    array.shape = in.shape;
    array.shape.push_back(4);
    return array;
  }

 private:
  exponent::AutoflexStep touch(double largest, std::string& tries) {
    exponent::AutoflexStep step = evaluator_.touch(largest);
    for (const exponent::AutoflexTry& attempt : step.trace)
      tries += std::to_string(attempt.lsb_exponent) + ' ' + std::to_string(attempt.max_abs_plus_one) + '\n';
    return step;
  }

  exponent::AutoflexEvaluator evaluator_;
};

/// Every operation, for messages, help and documentation.
struct OperationRow {
  std::string_view words;
  std::string_view line;
  std::string_view result;
};
constexpr std::array<OperationRow, 10> kOperations{{
    {"encode", "a number, or what decode prints", "its code, rounded once"},
    {"decode", "a code", "the exact value: hexfloat, shortest decimal"},
    {"add sub mul div", "two codes", "the code of the result, rounded once"},
    {"fma", "three codes: a b c", "the code of a b + c, rounded once"},
    {"sqrt", "a code", "the code of its root, rounded once"},
    {"convert", "a code", "the code of the same value in --to FORMAT, rounded once"},
    {"compare", "two codes", "unordered, lt, eq or gt"},
    {"dot", "codes in pairs: a1 b1 a2 b2 ...", "the code of the sum of a b, by --acc"},
    {"quantize", "numbers: a tensor", "its codes; of a shared exponent: the LSB's, then the mantissas"},
    {"autoflex", "max |x| of a tensor's next touch", "exponent, max mantissa, ovf or -, next exponent"},
}};

std::optional<int> parse_bias(const std::string& word) {
  constexpr int kLargestBias = 1024;
  if (word == "auto") return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || std::abs(value) > kLargestBias)
    throw InputError("eval: --bias '" + word + "'; allowed: an integer from -1024 to 1024, or auto");
  return value;
}

/// True for `round`.
bool parse_underflow(const std::string& word) {
  const auto found = std::find(spec::kUnderflowWords.begin(), spec::kUnderflowWords.end(), word);
  if (found == spec::kUnderflowWords.end())
    throw InputError("eval: --underflow '" + word + "'; allowed: " + std::string(spec::kUnderflowWords[0]) + ", " +
                     std::string(spec::kUnderflowWords[1]));
  return found != spec::kUnderflowWords.begin();
}

/// Options are refused where they would silently do nothing.
class Applicability {
 public:
  explicit Applicability(const EvalOptions& options) : options_(options) {}
  void require(bool given, std::string_view option, bool applies, std::string_view where) const {
    if (given && !applies)
      throw InputError("eval: " + std::string(option) + " does not apply to '" + options_.format + " " + options_.operation +
                       "'; allowed with " + std::string(where));
  }

 private:
  const EvalOptions& options_;
};

}  // namespace

std::string eval_operation_words() {
  std::string words;
  for (const OperationRow& row : kOperations) words += (words.empty() ? "" : " ") + std::string(row.words);
  return words;
}

std::string eval_operation_table() {
  std::string table;
  const auto add = [&](std::string_view words, std::string_view line, std::string_view result) {
    constexpr std::size_t kWords = 19, kLine = 36;
    std::string text = "  " + std::string(words);
    text.resize(std::max(text.size() + 1, kWords), ' ');
    text += line;
    text.resize(std::max(text.size() + 1, kWords + kLine), ' ');
    table += text + std::string(result) + "\n";
  };
  add("OP", "a line holds", "and becomes");
  for (const OperationRow& row : kOperations) add(row.words, row.line, row.result);
  return table;
}

std::unique_ptr<EvalOperation> make_eval_operation(const EvalOptions& options) {
  FormatSpec format = numerics::parse_format(options.format);
  const std::string& op = options.operation;
  const numerics::ArithmeticRow* const arithmetic = numerics::find_arithmetic(op);
  const bool on_codes = op == "encode" || op == "decode" || op == "compare" || arithmetic != nullptr;
  const bool dot = op == "dot";
  const bool quantize = op == "quantize";
  const bool autoflex = op == "autoflex";
  if (!on_codes && !dot && !quantize && !autoflex)
    throw InputError("eval: unknown operation '" + op + "'; allowed: " + eval_operation_words());

  const bool static_exponent = !format.shared_exponent() || format.family == numerics::Family::Fixed;
  if ((on_codes && !static_exponent) || (autoflex && format.family != numerics::Family::Flex))
    throw InputError("eval: " + options.format + " lacks the operation '" + op + "'; allowed: " +
                     (format.family == numerics::Family::Flex ? "dot quantize autoflex"
                      : format.family == numerics::Family::Fixed
                          ? "encode decode add sub mul div fma sqrt convert compare dot quantize"
                      : format.shared_exponent() ? "dot quantize"
                                                 : "encode decode add sub mul div fma sqrt convert compare dot quantize"));

  const bool convert = op == "convert";
  if (convert != options.to.has_value())
    throw InputError(convert ? "eval: convert: to which format; allowed: with --to FORMAT"
                             : "eval: --to does not apply to '" + options.format + " " + op + "'; allowed with convert");
  FormatSpec to = convert ? numerics::parse_format(*options.to) : format;
  if (to.shared_exponent() && to.family != numerics::Family::Fixed && convert)
    throw InputError("eval: --to " + *options.to +
                     ": its codes share an exponent, which they do not state; allowed: posits, floats, "
                     "fixed<W>.<F>");

  const bool rounds = op != "decode" && op != "compare" && !autoflex;
  const auto policy = options.accumulate ? numerics::parse_accumulate(*options.accumulate) : numerics::default_accumulate(format);
  const Applicability option(options);
  option.require(options.rounding.has_value(), "--round", rounds, "operations that round");
  option.require(options.underflow.has_value(), "--underflow", rounds && to.family == numerics::Family::Posit,
                 "operations of posits that round");
  if (options.underflow && parse_underflow(*options.underflow)) (convert ? to : format) = numerics::underflowing(to);
  if (!convert) to = format;
  option.require(options.seed.has_value(), "--seed", rounds, "operations that round");
  option.require(options.accumulate.has_value(), "--acc", dot, "dot");
  option.require(options.acc_bits.has_value(), "--acc-bits", dot, "dot");
  option.require(options.block.has_value(), "--block", dot && policy == numerics::Accumulate::Blocked, "dot --acc blocked");
  option.require(options.chain.has_value(), "--chain", dot && policy == numerics::Accumulate::Chained, "dot --acc chained");
  option.require(options.shift.has_value(), "--shift", dot && format.shared_exponent(), "dot of a shared-exponent format");
  option.require(options.bias.has_value(), "--bias", quantize && format.family == numerics::Family::Sdfp, "sdfp<P> quantize");
  option.require(options.add_shift.has_value(), "--add-shift", quantize && format.exponent_after(), "dfp<P>, sdfp<P> quantize");
  option.require(options.preset.has_value(), "--preset", autoflex, "autoflex");
  option.require(options.start.has_value(), "--start", autoflex, "autoflex");
  option.require(options.init, "--init", autoflex, "autoflex");
  option.require(options.events, "--events", rounds, "operations that round");
  option.require(options.flags, "--flags", arithmetic != nullptr || op == "compare", "add sub mul div fma sqrt convert compare");
  option.require(options.tininess.has_value(), "--tininess", options.flags && arithmetic != nullptr,
                 "--flags of add sub mul div fma sqrt convert");

  const OutputRounding rounding{options.rounding ? numerics::parse_rounding(*options.rounding) : to.default_rounding(),
                                options.seed.value_or(0)};
  if (op == "encode") return std::make_unique<Encode>(format, rounding);
  if (op == "decode") return std::make_unique<Decode>(format);
  if (quantize)
    return std::make_unique<Quantize>(format, rounding, options.bias ? parse_bias(*options.bias) : std::optional<int>(0),
                                      add_shift_of(options));
  if (autoflex)
    return std::make_unique<Autoflex>(format, options.preset.value_or("paper"),
                                      options.start.value_or(exponent::AutoflexEvaluator::kDefaultStart), options.init);
  if (dot) {
    if (options.acc_bits == 0) throw InputError("eval: --acc-bits 0; allowed: 2 to the full width");
    const numerics::AccumulateSpec usual;
    const numerics::AccumulateSpec spec{policy, options.acc_bits.value_or(0), options.block.value_or(usual.block), rounding.mode,
                                        options.chain.value_or(usual.chain)};
    // fixed<W>.<F> has its exponent in the word: the product of two codes has 2F fraction bits.
    const int natural_shift = format.family == numerics::Family::Fixed ? format.fraction_bits : 0;
    return std::make_unique<Dot>(format, rounding, spec, options.shift.value_or(natural_shift));
  }
  if (op == "compare") return std::make_unique<Compare>(format);
  const auto tininess = options.tininess ? numerics::parse_tininess(*options.tininess) : numerics::Tininess::After;
  return std::make_unique<Arithmetic>(format, to, rounding, tininess, *arithmetic);
}

}  // namespace binade::sim
