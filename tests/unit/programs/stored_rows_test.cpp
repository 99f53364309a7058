// SPDX-License-Identifier: Apache-2.0
// Rows of stored tensors in every form against the address rule of isa.def read element by element and the codec, on every SIMD
// target; and products of the golden model against products of codes that were copied by that rule.
#include "models/programs/stored_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <string>

#include "models/kernels/gemm.h"
#include "models/kernels/simd/target.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "tests/support/walk_rule.h"

namespace binade::programs {
namespace {

using numerics::Code;
using numerics::FormatSpec;
using operations::Axis;
using operations::Source;
using operations::Walk;

struct Matrix {
  std::string name;
  Source source;
  std::int64_t rows, k, elements;
};

/// Channels c of s samples, windows of kh x kw.
Matrix image(const std::string& name, std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t kernel_h,
             std::int64_t kernel_w, spec::Geometry vertical, spec::Geometry horizontal) {
  const auto outputs = [](std::int64_t size, std::int64_t kernel, const spec::Geometry& g) {
    return (size + 2 * g.pad - g.dilation * (kernel - 1) - 1) / g.stride + 1;
  };
  constexpr std::int64_t kSamples = 2;
  Matrix m{name, {}, 0, channels * kernel_h * kernel_w, kSamples * channels * height * width};
  const auto out_h = outputs(height, kernel_h, vertical), out_w = outputs(width, kernel_w, horizontal);
  m.source.walk = {.x0 = {.plane = channels * height * width},
                   .x1 = {.size = out_h, .h = vertical.stride},
                   .x2 = {.size = out_w, .w = horizontal.stride},
                   .k0 = {.plane = height * width},
                   .k1 = {.size = kernel_h, .h = vertical.dilation},
                   .k2 = {.size = kernel_w, .w = horizontal.dilation},
                   .height = {.size = height, .offset = -vertical.pad},
                   .width = {.size = width, .offset = -horizontal.pad}};
  m.rows = kSamples * out_h * out_w;
  return m;
}

/// Whatever a walk may be, on an image of `height` x `width`.
Matrix general(std::mt19937_64& random, std::int64_t height, std::int64_t width) {
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  Matrix m{"general", {}, 0, 0, 0};
  Walk& w = m.source.walk;
  w.height = {height, pick(-4, 6), pick(1, 2) * pick(1, 2)};
  w.width = {width, pick(-4, 6), pick(1, 2) * pick(1, 2)};
  std::int64_t least = 0, most = height * width;
  for (Axis* const axis : {&w.x0, &w.x1, &w.x2, &w.k0, &w.k1, &w.k2}) {
    axis->size = axis == &w.k2 && pick(0, 2) == 0 ? pick(16, 40) : pick(1, 5);
    if (pick(0, 1) == 0) axis->plane = pick(-60, 60);
    if (pick(0, 1) == 0) axis->h = pick(-3, 3);
    if (pick(0, 1) == 0) axis->w = pick(-3, 3);
    least += std::min((axis->size - 1) * axis->plane, std::int64_t{0});
    most += std::max((axis->size - 1) * axis->plane, std::int64_t{0});
  }
  m.source.at.element = -least;
  m.elements = most - least;
  m.rows = w.x0.size * w.x1.size * w.x2.size;
  m.k = w.k0.size * w.k1.size * w.k2.size;
  return m;
}

std::vector<Matrix> matrices(int general_ones) {
  std::vector<Matrix> all{
      {"rows", {{.element = 5}, operations::matrix_walk(700, 1)}, 3, 600, 2200},
      {"columns", {{.element = 1}, operations::matrix_walk(1, 7)}, 7, 520, 3650},
      image("conv3", 3, 9, 7, 3, 3, {1, 1, 1}, {1, 1, 1}),
      image("conv5", 2, 11, 12, 5, 5, {2, 2, 3}, {1, 1, 0}),
      image("row", 2, 4, 20, 1, 3, {1, 1, 0}, {3, 1, 1}),
      image("pixel", 9, 6, 5, 1, 1, {2, 1, 0}, {2, 1, 0}),
      image("pixel_padded", 3, 4, 4, 1, 1, {1, 1, 1}, {1, 1, 2}),
      image("wider_than_the_image", 2, 2, 3, 5, 7, {1, 1, 3}, {1, 1, 4}),
      image("whole_windows_of_padding", 1, 3, 3, 2, 2, {1, 1, 5}, {1, 1, 6}),
  };
  // The walks of gradients: turned kernels, divided positions, pixels as k.
  Matrix turned{"turned_kernel", {{.element = 3}, {}}, 5, 4 * 9, 3 + 4 * 5 * 9};
  turned.source.walk = {.x0 = {.plane = 9},
                        .k0 = {.plane = 5 * 9},
                        .k1 = {.size = 3, .h = -1},
                        .k2 = {.size = 3, .w = -1},
                        .height = {.size = 3, .offset = 2},
                        .width = {.size = 3, .offset = 2}};
  all.push_back(turned);
  Matrix divided{"divided", {}, 2 * 7 * 6, 3 * 9, 2 * 3 * 4 * 3};
  divided.source.walk = {.x0 = {.plane = 3 * 4 * 3},
                         .x1 = {.size = 7, .h = 1},
                         .x2 = {.size = 6, .w = 1},
                         .k0 = {.plane = 4 * 3},
                         .k1 = {.size = 3, .h = 1},
                         .k2 = {.size = 3, .w = 1},
                         .height = {.size = 4, .offset = -1, .divisor = 2},
                         .width = {.size = 3, .offset = -1, .divisor = 2}};
  all.push_back(divided);
  for (const std::int64_t width : {7, 20}) {
    Matrix pixels{"pixels", {}, 2 * 9, 3 * 6 * width, 3 * 2 * 6 * width};
    pixels.source.walk = {.x0 = {.plane = 6 * width},
                          .x1 = {.size = 3, .h = 1},
                          .x2 = {.size = 3, .w = 1},
                          .k0 = {.plane = 2 * 6 * width},
                          .k1 = {.size = 6, .h = 1},
                          .k2 = {.size = width, .w = 1},
                          .height = {.size = 6, .offset = -1},
                          .width = {.size = width, .offset = -1}};
    all.push_back(pixels);
  }
  // Samples as the last index: a whole tensor's, and windows that reach over the edge.
  for (const std::int64_t pad : {0, 1}) {
    Matrix samples{"samples_innermost", {{.element = 2 * 4 * 5}, {}}, 2 * 9, 0, 17 * 4 * 4 * 5};
    const std::int64_t out_h = 2 + 2 * pad, out_w = 3 + 2 * pad;
    samples.source.walk = {.x0 = {.plane = 4 * 5},
                           .x1 = {.size = 3, .h = 1},
                           .x2 = {.size = 3, .w = 1},
                           .k0 = {.h = 1},
                           .k1 = {.size = out_w, .w = 1},
                           .k2 = {.size = 17, .plane = 4 * 4 * 5},
                           .height = {.size = 4, .offset = -pad},
                           .width = {.size = 5, .offset = -pad}};
    samples.k = out_h * out_w * 17;
    all.push_back(samples);
  }
  // Samples innermost where zeros around the images would be most of what is kept.
  Matrix wide{"samples_of_small_images", {}, 2 * 4, 2 * 3, 3 * 2 * 3 * 3};
  wide.source.walk = {.x0 = {.plane = 2 * 3},
                      .x1 = {.size = 2, .h = 1},
                      .x2 = {.size = 4, .w = 2},
                      .k0 = {.h = 3},
                      .k1 = {.size = 2, .w = 2},
                      .k2 = {.size = 3, .plane = 3 * 2 * 3},
                      .height = {.size = 2, .offset = -1},
                      .width = {.size = 3, .offset = -3}};
  all.push_back(wide);
  all.push_back({"sums_over_samples",
                 {{}, {.x0 = {.plane = 6}, .k1 = {.size = 6, .plane = 1}, .k2 = {.size = 40, .plane = 18}}},
                 3,
                 6 * 40,
                 18 * 40});
  std::mt19937_64 random(3);
  for (int i = 0; i < general_ones; ++i) all.push_back(general(random, 1 + i % 5, i % 3 == 0 ? 30 : 1 + i % 4));
  return all;
}

std::optional<std::int64_t> element_of(const Matrix& m, std::int64_t row, std::int64_t column) {
  return tests::element_of(m.source, row, column);
}

std::vector<Code> draw(const FormatSpec& format, std::int64_t count, std::mt19937_64& random) {
  std::vector<Code> codes(static_cast<std::size_t>(count));
  for (Code& code : codes) code = static_cast<Code>(random() & ((std::uint64_t{1} << format.bits) - 1));
  return codes;
}

bool same(double a, double b) { return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b); }

class StoredRowsOf : public testing::TestWithParam<const char*> {
 protected:
  const FormatSpec format = numerics::parse_format(GetParam());

  double value_of(Code code) const {
    if (format.shared_exponent()) return static_cast<double>(numerics::mantissa_of(format, code));
    return numerics::to_double(numerics::decode(format, code));
  }
  void expect(const Matrix& m, const StoredRows& rows, const std::vector<Code>& tensor) const {
    const auto k = static_cast<std::size_t>(m.k);
    std::vector<Code> codes(k);
    std::vector<std::int16_t> mantissas(k);
    std::vector<double> values(k);
    const bool integers = format.shared_exponent() && format.bits <= 16;
    for (std::int64_t row = 0; row < m.rows; ++row) {
      const Code* const got = rows.codes(row, codes.data());
      if (reads_mantissas)
        rows.mantissas(row, mantissas.data());
      else
        rows.values(row, values.data());
      for (std::size_t j = 0; j < k; ++j) {
        const auto at = element_of(m, row, static_cast<std::int64_t>(j));
        const Code code = at ? tensor.at(static_cast<std::size_t>(*at)) : 0;
        ASSERT_EQ(got[j], code) << m.name << ' ' << row << ' ' << j;
        if (!reads_mantissas) {
          ASSERT_TRUE(same(values[j], value_of(code))) << m.name << ' ' << row << ' ' << j << ": " << values[j];
        } else if (integers) {
          ASSERT_EQ(mantissas[j], numerics::mantissa_of(format, code)) << m.name << ' ' << row << ' ' << j;
        }
      }
    }
  }
  bool reads_mantissas = false;
  Division alone{1};
};

TEST_P(StoredRowsOf, AreWhatTheAddressRuleAndTheCodecSay) {
  std::mt19937_64 random(7);
  const bool integers = format.shared_exponent() && format.bits <= 16;
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    for (const Matrix& m : matrices(40)) {
      const auto tensor = draw(format, m.elements, random);
      const auto bytes = pack_codes(tensor, format.storage_bytes());
      const StoredView view{format, numerics::shared_exponents(format, -3), bytes, format.storage_bytes()};
      for (const auto form : {kernels::OperandForm::Values, kernels::OperandForm::Mantissas}) {
        reads_mantissas = form == kernels::OperandForm::Mantissas;
        if (reads_mantissas && !integers) continue;
        DecodedTensor decoded;
        decoded.decode(view, form, {}, alone);
        expect(m, StoredRows(view, m.source, m.k, &decoded), tensor);
        decoded.decode(view, form, decoded_layout(m.source, m.k, m.elements), alone);
        expect(m, StoredRows(view, m.source, m.k, &decoded), tensor);
        if (RowGather(m.source, m.k).lines()) expect(m, StoredRows(view, m.source, m.k, nullptr), tensor);
      }
    }
  }
  kernels::force_simd_target("");
}

TEST_P(StoredRowsOf, AreDecodedAlikeByAnyNumberOfThreads) {
  std::mt19937_64 random(13);
  const Matrix m = image("large", 16, 40, 41, 3, 3, {1, 1, 1}, {1, 1, 1});
  ASSERT_GT(m.elements, 1 << 15) << "too few to be divided";
  const auto bytes = pack_codes(draw(format, m.elements, random), format.storage_bytes());
  const StoredView view{format, numerics::shared_exponents(format, -3), bytes, format.storage_bytes()};
  for (const auto form : {kernels::OperandForm::Values, kernels::OperandForm::Mantissas}) {
    if (form == kernels::OperandForm::Mantissas && !(format.shared_exponent() && format.bits <= 16)) continue;
    for (const DecodedLayout& layout : {DecodedLayout(), decoded_layout(m.source, m.k, m.elements)}) {
      DecodedTensor expected;
      expected.decode(view, form, layout, alone);
      for (const int threads : {2, 3}) {
        Division divided(threads);
        DecodedTensor decoded;
        decoded.decode(view, form, layout, divided);
        std::visit(  // by bytes: NaN is not equal to itself
            [&](const auto& got) {
              const auto& wanted = std::get<std::decay_t<decltype(got)>>(expected.elements());
              ASSERT_EQ(got.size(), wanted.size());
              EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(got)), std::as_bytes(std::span(wanted))))
                  << threads << " threads";
            },
            decoded.elements());
      }
    }
  }
}

TEST_P(StoredRowsOf, GiveTheProductsOfCopiedCodes) {
  std::mt19937_64 random(11);
  datapath::CoreConfig core;
  core.format = numerics::OperandFormats(format);
  core.accumulate = {.policy = numerics::default_accumulate(format), .rounding = format.default_rounding()};
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    for (const int threads : {1, 3}) {
      for (const Matrix& m : matrices(6)) {
        constexpr std::int64_t kColumns = 6;
        const auto a = draw(format, m.elements, random), b = draw(format, kColumns * m.k, random);
        GoldenMachine machine(core, threads);
        operations::GemmForm form;
        form.shape = {.m = m.rows, .n = kColumns, .k = m.k};
        form.logical_cols = kColumns;
        operations::GemmPart part;
        part.a = m.source;
        part.b = {{.role = operations::Role::Weight}, operations::matrix_walk(m.k, 1)};
        part.out = {0, 1, kColumns, 0, 1};
        form.parts = {part};
        Work work;
        work.mode = mode_of(core, 0);
        work.inputs.resize(1);
        for (StoredTensor* place : {&work.inputs[0], &work.weight, &work.output}) {
          place->format = format;
          place->elements = place == &work.output ? m.rows * kColumns : place == &work.weight ? kColumns * m.k : m.elements;
          place->raw_bytes = place == &work.output && stores_raw(core) ? output_bytes(core) : 0;
          place->address = machine.allocate(place->bytes());
        }
        work.output.magnitude.exponent = format.shared_exponent() && !stores_raw(core) ? format.bits : 0;
        machine.write(work.inputs[0].address, pack_codes(a, format.storage_bytes()));
        machine.write(work.weight.address, pack_codes(b, format.storage_bytes()));
        const TensorStats stats = machine.run(form, work);

        std::vector<Code> copies;
        for (std::int64_t row = 0; row < m.rows; ++row)
          for (std::int64_t j = 0; j < m.k; ++j) {
            const auto at = element_of(m, row, j);
            copies.push_back(at ? a.at(static_cast<std::size_t>(*at)) : 0);
          }
        std::vector<std::uint64_t> words(static_cast<std::size_t>(m.rows * kColumns));
        datapath::TileStats expected;
        kernels::gemm(
            core, {.m = m.rows, .n = kColumns, .k = m.k, .product_shift = shifts_of(form, work).product, .logical_cols = kColumns},
            kernels::GemmOperands::of(core.format, copies, b), words, expected);
        const auto bytes = read_bytes(machine, work.output);
        const auto size = static_cast<std::size_t>(work.output.element_bytes());
        for (std::size_t i = 0; i < words.size(); ++i)
          ASSERT_EQ(std::memcmp(bytes.data() + i * size, &words[i], size), 0) << m.name << ' ' << target << ' ' << i;
        EXPECT_EQ(stats.max_abs, expected.max_abs) << m.name << ' ' << target;
        EXPECT_EQ(stats.overflows, expected.mantissa_overflows) << m.name << ' ' << target;
        EXPECT_EQ(stats.leading_bit, expected.leading_bit) << m.name << ' ' << target;
        EXPECT_EQ(machine.events(), expected.events) << m.name << ' ' << target;
      }
    }
  }
  kernels::force_simd_target("");
}

INSTANTIATE_TEST_SUITE_P(Formats, StoredRowsOf,
                         testing::Values("posit8", "posit16", "posit32", "fp8e5m2", "bf16", "fp32", "e4m7", "e8m20", "flex16+5",
                                         "dfp8", "dfp12", "dfp20", "sdfp8", "fixed12.6"),
                         [](const auto& tested) {
                           std::string name;
                           for (const char c : std::string(tested.param))
                             name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

TEST(StoredRows, OfAnotherFormThanTheTensorWasDecodedToAreRefused) {
  const FormatSpec format = numerics::parse_format("dfp8");
  const std::vector<std::byte> bytes(64);
  const StoredView view{format, numerics::shared_exponents(format, 0), bytes, 1};
  DecodedTensor decoded;
  Division alone(1);
  decoded.decode(view, kernels::OperandForm::Mantissas, {}, alone);
  const Matrix m = image("conv", 1, 4, 8, 3, 3, {1, 1, 1}, {1, 1, 1});
  const StoredRows rows(view, m.source, m.k, &decoded);
  std::vector<double> values(9);
  EXPECT_THROW(rows.values(0, values.data()), InvariantError);
}

}  // namespace
}  // namespace binade::programs
