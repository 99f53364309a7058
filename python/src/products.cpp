// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "lib/product.h"
#include "python/src/buffers.h"
#include "python/src/module.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace binade::python {
namespace {

using numerics::Events;
using numerics::OperandFormats;
using Word = std::optional<std::string>;

/// A policy in words; None: the formats' own.
struct Policy {
  OperandFormats formats;
  numerics::AccumulateSpec accumulate;
  Policy(const Format& a, const Format& b, const Format& out, const Word& policy, int acc_bits, int block, int chain,
         const Word& rounding, const std::string& bias)
      : formats(a.spec, b.spec, out.spec),
        accumulate{.policy = policy ? numerics::parse_accumulate(*policy) : numerics::default_accumulate(formats),
                   .acc_bits = acc_bits,
                   .block = block,
                   .rounding = rounding_of(rounding).value_or(formats.default_rounding()),
                   .chain = chain,
                   .bias = numerics::parse_bias_position(bias)} {}
};

struct Result {
  std::optional<int> lsb_exponent;
  int add_shift;
  std::optional<int> sdfp_bias;
  bool relu;
  std::uint32_t seed, tensor;
  std::int64_t logical_cols;
};

/// As lib::ProductPart has them.
using Part = std::tuple<std::size_t, std::size_t, std::size_t, std::int64_t, std::int64_t>;

std::tuple<int, Counts> run(lib::Product& product, std::int64_t m, std::int64_t n, std::int64_t k, nb::handle a, std::int64_t a_row,
                            std::int64_t a_k, int a_exponent, nb::handle b, std::int64_t b_row, std::int64_t b_k, int b_exponent,
                            nb::handle bias, int bias_exponent, nb::handle result, const Result& how,
                            const std::vector<Part>& parts) {
  const Buffer a_buffer(a, "a"), b_buffer(b, "b"), out(result, "out", true);
  std::unique_ptr<Buffer> bias_buffer;
  if (!bias.is_none()) bias_buffer = std::make_unique<Buffer>(bias, "bias");
  out.require_apart(a_buffer);
  out.require_apart(b_buffer);
  std::vector<lib::ProductPart> all;
  for (const auto& [a_first, b_first, bias_first, m_base, n_base] : parts)
    all.push_back({a_first, b_first, bias_first, m_base, n_base});
  const lib::ProductCall call{.m = m,
                              .n = n,
                              .k = k,
                              .a = {a_buffer.codes_in(), a_row, a_k, a_exponent},
                              .b = {b_buffer.codes_in(), b_row, b_k, b_exponent},
                              .bias = bias_buffer ? bias_buffer->codes_in() : lib::CodesIn{},
                              .bias_exponent = bias_exponent,
                              .lsb_exponent = how.lsb_exponent,
                              .add_shift = how.add_shift,
                              .sdfp_bias = how.sdfp_bias,
                              .relu = how.relu,
                              .seed = how.seed,
                              .tensor = how.tensor,
                              .parts = all,
                              .logical_cols = how.logical_cols};
  const lib::CodesOut to = out.codes_out();
  Events events;
  const nb::gil_scoped_release unlocked;
  const int exponent = product.run(call, to, events);
  return {exponent, counts(events)};
}

Counts dot(const Policy& policy, std::size_t length, nb::handle a, int a_exponent, nb::handle b, int b_exponent, int lsb_exponent,
           std::uint32_t seed, std::uint32_t tensor, nb::handle result) {
  const Buffer a_buffer(a, "a"), b_buffer(b, "b"), out(result, "out", true);
  out.require_apart(a_buffer);
  out.require_apart(b_buffer);
  const lib::DotCall call{.length = length,
                          .a = a_buffer.codes_in(),
                          .b = b_buffer.codes_in(),
                          .a_exponent = a_exponent,
                          .b_exponent = b_exponent,
                          .lsb_exponent = lsb_exponent,
                          .rounding = {.seed = seed, .tensor = tensor}};
  const lib::CodesOut to = out.codes_out();
  Events events;
  const nb::gil_scoped_release unlocked;
  lib::dot(policy.formats, policy.accumulate, call, to, events);
  return counts(events);
}

}  // namespace

void add_products(nb::module_& module) {
  nb::class_<Policy>(module, "Policy")
      .def(nb::init<const Format&, const Format&, const Format&, const Word&, int, int, int, const Word&, const std::string&>(),
           "a"_a, "b"_a, "out"_a, "accumulate"_a.none(), "acc_bits"_a, "block"_a, "chain"_a, "rounding"_a.none(), "bias"_a);
  nb::class_<Result>(module, "Result")
      .def(
          "__init__",
          [](Result* self, std::optional<int> lsb_exponent, int add_shift, std::optional<int> sdfp_bias, bool relu,
             std::uint32_t seed, std::uint32_t tensor, std::int64_t logical_cols) {
            new (self) Result{lsb_exponent, add_shift, sdfp_bias, relu, seed, tensor, logical_cols};
          },
          "lsb_exponent"_a.none(), "add_shift"_a, "sdfp_bias"_a.none(), "relu"_a, "seed"_a, "tensor"_a, "logical_cols"_a);
  nb::class_<lib::Product>(module, "Product")
      .def(
          "__init__",
          [](lib::Product* self, const Policy& policy, int threads) {
            new (self) lib::Product(policy.formats, policy.accumulate, threads);
          },
          "policy"_a, "threads"_a)
      .def("run", &run, "m"_a, "n"_a, "k"_a, "a"_a, "a_row"_a, "a_k"_a, "a_exponent"_a, "b"_a, "b_row"_a, "b_k"_a, "b_exponent"_a,
           "bias"_a.none(), "bias_exponent"_a, "out"_a, "how"_a, "parts"_a);
  module.def("dot", &dot, "policy"_a, "length"_a, "a"_a, "a_exponent"_a, "b"_a, "b_exponent"_a, "lsb_exponent"_a, "seed"_a,
             "tensor"_a, "out"_a);
}

}  // namespace binade::python
