// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_arithmetic.h"

#include <algorithm>
#include <cstring>

#include "models/numerics/error.h"
#include "models/programs/gather.h"

namespace binade::programs {
namespace {

using numerics::Code;
using operations::GemmForm;
using operations::GemmPart;
using operations::GemmTarget;
using operations::VectorForm;

constexpr std::int64_t kRowElements = 1 << 18;     // of A gathered at a time
constexpr std::int64_t kWindowElements = 1 << 18;  // of windows gathered at a time

template <class Element>
std::span<const Element> as(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const Element*>(bytes.data()), bytes.size() / sizeof(Element)};
}

/// Calls `use` with a zero of the unsigned integer of as many bytes.
template <class Use>
void with_element(int element_bytes, Use use) {
  switch (element_bytes) {
    case 1:
      return use(std::uint8_t{});
    case 2:
      return use(std::uint16_t{});
    case 4:
      return use(std::uint32_t{});
    case 8:
      return use(std::uint64_t{});
    default:
      throw InvariantError("golden: elements of " + std::to_string(element_bytes) + " bytes");
  }
}

void unpack(std::span<const std::byte> bytes, int element_bytes, std::vector<Code>& codes) {
  with_element(element_bytes, [&](auto element) {
    const auto elements = as<decltype(element)>(bytes);
    codes.resize(elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) codes[i] = static_cast<Code>(elements[i]);
  });
}

/// Rows first .. first+count-1 of a product, n words each, to their places in the output.
void scatter(const GemmTarget& target, std::int64_t first, std::int64_t count, std::int64_t n, const std::uint64_t* words,
             int element_bytes, std::span<std::byte> out) {
  with_element(element_bytes, [&](auto element) {
    using Element = decltype(element);
    auto* const to = reinterpret_cast<Element*>(out.data()) + target.first;
    if (target.col_step == 1) {
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t row = first + i;
        Element* const place = to + row / target.plane * target.outer_step + row % target.plane * target.inner_step;
        for (std::int64_t j = 0; j < n; ++j) place[j] = static_cast<Element>(words[i * n + j]);
      }
      return;
    }
    for (std::int64_t i = 0; i < count;) {
      const std::int64_t row = first + i, in_plane = row % target.plane;
      const std::int64_t run = std::min(count - i, target.plane - in_plane);
      Element* const place = to + row / target.plane * target.outer_step + in_plane * target.inner_step;
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t r = 0; r < run; ++r)
          place[j * target.col_step + r * target.inner_step] = static_cast<Element>(words[(i + r) * n + j]);
      i += run;
    }
  });
}

}  // namespace

GoldenArithmetic::GoldenArithmetic(const datapath::CoreConfig& core, int threads)
    : core_(core), kernel_(kernels::make_tile_kernel(core_, threads)), vector_(core.format.out, core.accumulate.rounding) {}

void GoldenArithmetic::run(const GemmForm& form, const Work& work, const Bytes& bytes, std::span<std::byte> out,
                           datapath::TileStats& stats) {
  // All parts read the same tensors: each is unpacked once, however often windows overlap.
  const StoredTensor &a = work.of(form.parts.front().a.at), &b = work.of(form.parts.front().b.at);
  unpack(bytes(a), a.element_bytes(), a_codes_);
  unpack(bytes(b), b.element_bytes(), b_codes_);
  if (form.shape.bias) unpack(bytes(work.bias), work.bias.element_bytes(), bias_codes_);
  for (const GemmPart& part : form.parts) run_part(form, part, work, out, stats);
}

void GoldenArithmetic::run_part(const GemmForm& form, const GemmPart& part, const Work& work, std::span<std::byte> out,
                                datapath::TileStats& stats) {
  const auto& shape = form.shape;
  const Shifts shifts = shifts_of(form, work);
  b_rows_.resize(static_cast<std::size_t>(shape.n * shape.k));
  gather_rows<Code>(part.b, b_codes_, 0, 0, shape.n, shape.k, b_rows_.data());
  const Code* const bias = shape.bias ? bias_codes_.data() + part.bias.element : nullptr;
  kernel_->begin({.m = shape.m,
                  .n = shape.n,
                  .k = shape.k,
                  .bias = shape.bias,
                  .relu = work.relu,
                  .product_shift = shifts.product,
                  .bias_shift = shifts.bias,
                  .seed = work.seed,
                  .tensor = work.tensor,
                  .m_base = part.m_base,
                  .n_base = part.n_base,
                  .logical_cols = form.logical_cols});
  kernel_->load_b(b_rows_.data(), 0, shape.n, 1, shape.k);
  const std::int64_t block = kernel_->row_block();
  const std::int64_t rows = std::max(kRowElements / shape.k / block, std::int64_t{1}) * block;
  for (std::int64_t first = 0; first < shape.m; first += rows) {
    const std::int64_t count = std::min(rows, shape.m - first);
    a_rows_.resize(static_cast<std::size_t>(count * shape.k));
    words_.assign(static_cast<std::size_t>(count * shape.n), 0);
    gather_rows<Code>(part.a, a_codes_, 0, first, count, shape.k, a_rows_.data());
    kernel_->rows(a_rows_.data(), first, count, bias, words_.data(), shape.n);
    scatter(part.out, first, count, shape.n, words_.data(), work.output.element_bytes(), out);
  }
  stats += kernel_->stats();
}

void GoldenArithmetic::run(std::span<const VectorForm> forms, const Work& work, const Bytes& bytes, std::span<std::byte> out,
                           datapath::TileStats& stats) {
  for (const VectorForm& form : forms) run_form(form, work, bytes, out, stats);
}

void GoldenArithmetic::run_form(const VectorForm& form, const Work& work, const Bytes& bytes, std::span<std::byte> out,
                                datapath::TileStats& stats) {
  const StoredTensor& x = work.of(form.x.at);
  const auto part_of = [&](const operations::Place& place, std::int64_t first, std::int64_t count) {
    const StoredTensor& tensor = work.of(place);
    return bytes(tensor).subspan(static_cast<std::size_t>((place.element + first) * tensor.element_bytes()),
                                 static_cast<std::size_t>(count * tensor.element_bytes()));
  };
  // Scratchpad B: s, then t.
  second_.clear();
  for (const auto& place : {form.s, form.t}) {
    if (!place) continue;
    const auto constants = part_of(*place, 0, form.constants);
    second_.insert(second_.end(), constants.begin(), constants.end());
  }
  const std::int64_t chunk = form.windows ? std::max(kWindowElements / form.window, std::int64_t{1}) : form.outputs;
  const Code fill = fill_code(x.format, form.fill);
  for (std::int64_t first = 0; first < form.outputs; first += chunk) {
    spec::Vector record = bound_record(form, work);
    record.count = std::min(chunk, form.outputs - first);
    record.first = form.first + first;
    std::span<const std::byte> in;
    if (form.windows) {
      windows_.resize(static_cast<std::size_t>(record.count * form.window * x.element_bytes()));
      const auto gather = [&](auto element) {
        using Element = decltype(element);
        if constexpr (sizeof(Element) <= sizeof(Code))
          gather_rows<Element>(form.x, as<Element>(bytes(x)), static_cast<Element>(fill), form.x_first + first, record.count,
                               form.window, reinterpret_cast<Element*>(windows_.data()));
        else
          throw InvariantError("golden: windows of raw integers");
      };
      with_element(x.element_bytes(), gather);
      in = windows_;
    } else {
      in = part_of(form.x.at, first, record.count);
    }
    const auto second = form.y ? part_of(*form.y, first, record.count) : std::span<const std::byte>(second_);
    const auto element = static_cast<std::size_t>(work.output.element_bytes());
    vector_.run(record, in, second,
                out.subspan(static_cast<std::size_t>(form.out + first) * element, static_cast<std::size_t>(record.count) * element),
                stats);
  }
}

TensorStats tensor_stats(const datapath::TileStats& stats) {
  return {.max_abs = stats.max_abs, .overflows = stats.mantissa_overflows, .leading_bit = stats.leading_bit};
}

}  // namespace binade::programs
