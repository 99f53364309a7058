// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "models/numerics/error.h"
#include "models/spec/limits.h"
#include "python/src/buffers.h"
#include "python/src/module.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace binade::python {
namespace {

using numerics::Events;
using Word = std::optional<std::string>;

void decode(const Format& format, nb::handle codes, int lsb_exponent, nb::handle values) {
  const Buffer in(codes, "codes"), out(values, "values", true);
  out.require_apart(in);
  const lib::CodesIn from = in.codes_in();
  const lib::ValuesOut to = out.values_out();
  const nb::gil_scoped_release unlocked;
  lib::decode(format.spec, from, lsb_exponent, to);
}

/// How a tensor is quantised; None: the exponent of the data, the format's rounding, sdfp's bias from the histogram.
struct Tensor {
  exponent::QuantizeOptions options;
  Tensor(std::optional<int> lsb_exponent, const Word& rounding, std::uint32_t seed, std::uint32_t tensor, int add_shift,
         std::optional<int> sdfp_bias) {
    constexpr const spec::Limit& kShift = spec::limit_of("dfp.add_shift");
    constexpr const spec::Limit& kBias = spec::limit_of("sdfp.weights");
    if (!kShift.contains(add_shift)) throw InputError("add_shift: " + kShift.refusal(add_shift));
    if (sdfp_bias && !kBias.contains(*sdfp_bias)) throw InputError("sdfp_bias: " + kBias.refusal(*sdfp_bias) + ", None");
    options = {.rounding = rounding_of(rounding),
               .sdfp_bias = sdfp_bias,
               .add_shift = add_shift,
               .lsb_exponent = lsb_exponent,
               .seed = seed,
               .tensor = tensor};
  }
};

std::tuple<int, Counts> quantise(const Format& format, nb::handle values, nb::handle codes, const Tensor& how) {
  const Buffer in(values, "values"), out(codes, "codes", true);
  out.require_apart(in);
  const lib::ValuesIn from = in.values_in();
  const lib::CodesOut to = out.codes_out();
  if (to.bytes != format.spec.storage_bytes()) throw InputError("codes: elements of another size than the format's");
  Events events;
  const nb::gil_scoped_release unlocked;
  const int exponent = lib::quantise(format.spec, from, how.options, to, events);
  return {exponent, counts(events)};
}

int exponent_of(const Format& format, nb::handle values, const Tensor& how) {
  const Buffer in(values, "values");
  const lib::ValuesIn from = in.values_in();
  const nb::gil_scoped_release unlocked;
  return lib::exponent_of(format.spec, from, how.options);
}

std::tuple<int, Counts> round_to_format(const Format& format, nb::handle values, nb::handle rounded, const Tensor& how) {
  const Buffer in(values, "values"), out(rounded, "rounded", true);
  out.require_apart(in, true);
  const lib::ValuesIn from = in.values_in();
  const lib::ValuesOut to = out.values_out();
  Events events;
  const nb::gil_scoped_release unlocked;
  const int exponent = lib::round_to_format(format.spec, from, how.options, to, events);
  return {exponent, counts(events)};
}

Counts operate(const std::string& operation, const std::vector<Format>& formats, const std::vector<nb::handle>& operands,
               const Format& format, const Word& rounding, std::uint32_t seed, std::uint32_t tensor, nb::handle result) {
  const Buffer out(result, "out", true);
  std::deque<Buffer> buffers;
  std::vector<lib::Operand> all;
  if (formats.size() != operands.size()) throw InputError("operands: not as many formats");
  for (std::size_t i = 0; i < operands.size(); ++i) {
    buffers.emplace_back(operands[i], "operand");
    out.require_apart(buffers.back(), true);
    all.push_back({formats[i].spec, buffers.back().codes_in()});
  }
  const lib::CodesOut to = out.codes_out();
  const lib::OutputRounding how{.mode = rounding_of(rounding), .seed = seed, .tensor = tensor};
  Events events;
  const nb::gil_scoped_release unlocked;
  lib::operate(operation, all, format.spec, how, to, events);
  return counts(events);
}

}  // namespace

void add_conversions(nb::module_& module) {
  nb::class_<Tensor>(module, "Tensor")
      .def(nb::init<std::optional<int>, const Word&, std::uint32_t, std::uint32_t, int, std::optional<int>>(),
           "lsb_exponent"_a.none(), "rounding"_a.none(), "seed"_a, "tensor"_a, "add_shift"_a, "sdfp_bias"_a.none());
  module.def("decode", &decode, "format"_a, "codes"_a, "lsb_exponent"_a, "values"_a);
  module.def("quantise", &quantise, "format"_a, "values"_a, "codes"_a, "how"_a);
  module.def("exponent_of", &exponent_of, "format"_a, "values"_a, "how"_a);
  module.def("round_to_format", &round_to_format, "format"_a, "values"_a, "rounded"_a, "how"_a);
  module.def("values_fit_binary32",
             [](const Format& format, int lsb_exponent) { return lib::values_fit_binary32(format.spec, lsb_exponent); });
  module.def("operate", &operate, "operation"_a, "formats"_a, "operands"_a, "format"_a, "rounding"_a.none(), "seed"_a, "tensor"_a,
             "out"_a);
  module.def("operands_of", [](const std::string& operation) { return lib::operands_of(operation); });
  module.def("operation_words", &lib::operation_words);
}

}  // namespace binade::python
