// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_arithmetic.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "models/kernels/parallel_kernel.h"
#include "models/numerics/error.h"
#include "models/operations/vector_table.h"
#include "models/programs/storage.h"
#include "models/programs/stored_elements.h"

namespace binade::programs {
namespace {

using numerics::Code;
using operations::GemmForm;
using operations::GemmPart;
using operations::GemmTarget;
using operations::VectorForm;

constexpr std::int64_t kRowWords = 1 << 17;  // of products of each thread before they are stored: in its second-level cache
/// Of B decoded at a time, in multiples of columns: bounds the memory of a large layer.
constexpr std::int64_t kPanelElements = 1 << 22, kPanelColumns = 64;
constexpr std::int64_t kWindowElements = 1 << 18;  // of windows gathered at a time

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

GoldenArithmetic::GoldenArithmetic(const datapath::CoreConfig& core, std::shared_ptr<Division> division)
    : core_(core), division_(std::move(division)), lanes_(static_cast<std::size_t>(division_->threads())) {}

void GoldenArithmetic::run(const GemmForm& form, const Work& work, const Bytes& bytes, std::span<std::byte> out,
                           datapath::TileStats& stats) {
  if (!kernel_) kernel_ = kernels::make_tile_kernel(core_, division_->workers());
  // All parts read the same tensors.
  const GemmPart& any = form.parts.front();
  const auto view = [&](const operations::Place& place) {
    const StoredTensor& tensor = work.of(place);
    return StoredView{.format = tensor.format,
                      .exponents = shared_exponents(tensor.format, tensor.magnitude.exponent),
                      .bytes = bytes(tensor),
                      .element_bytes = tensor.element_bytes()};
  };
  const StoredView a = view(any.a.at), b = view(any.b.at);
  const auto decode = [&](const StoredView& tensor, const operations::Source& source, DecodedTensor& decoded) {
    if (kernel_->form() == kernels::OperandForm::Codes || !RowGather(source, form.shape.k).shares_elements()) return false;
    const auto elements = static_cast<std::int64_t>(tensor.bytes.size()) / tensor.element_bytes;
    decoded.decode(tensor, kernel_->form(), decoded_layout(source, form.shape.k, elements), *division_);
    return true;
  };
  const bool decoded_a = decode(a, any.a, a_decoded_), decoded_b = decode(b, any.b, b_decoded_);
  if (form.shape.bias) bias_codes_ = unpack_codes(bytes(work.bias), work.bias.element_bytes());
  for (const GemmPart& part : form.parts) {
    const StoredRows rows(a, part.a, form.shape.k, decoded_a ? &a_decoded_ : nullptr);
    const StoredRows columns(b, part.b, form.shape.k, decoded_b ? &b_decoded_ : nullptr);
    run_part(form, part, rows, columns, work, out, stats);
  }
}

void GoldenArithmetic::run_part(const GemmForm& form, const GemmPart& part, const StoredRows& a, const StoredRows& b,
                                const Work& work, std::span<std::byte> out, datapath::TileStats& stats) {
  const auto& shape = form.shape;
  const Shifts shifts = shifts_of(form, work);
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
  const std::int64_t block = kernel_->row_block();
  const std::int64_t columns = std::max(kPanelElements / shape.k / kPanelColumns, std::int64_t{1}) * kPanelColumns;
  const std::int64_t rows =
      std::max(kRowWords * division_->threads() / std::min(columns, shape.n) / block, std::int64_t{1}) * block;
  for (std::int64_t n0 = 0; n0 < shape.n; n0 += columns) {
    const std::int64_t n = std::min(columns, shape.n - n0);
    GemmTarget target = part.out;
    target.first += n0 * target.col_step;
    kernel_->load_b(b, n0, n);
    for (std::int64_t first = 0; first < shape.m; first += rows) {
      const std::int64_t count = std::min(rows, shape.m - first);
      const auto words = static_cast<std::size_t>(count * n);
      if (words_.size() < words) words_.resize(words);  // never less: what is added again is filled with zeros first
      kernel_->rows(a, first, count, bias != nullptr ? bias + n0 : nullptr, words_.data(), n);
      division_->each(count, n, [&](int /*worker*/, std::int64_t begin, std::int64_t size) {
        scatter(target, first + begin, size, n, words_.data() + begin * n, work.output.element_bytes(), out);
      });
    }
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
  // The bytes of a tensor from a place on. Threads do not ask for them side by side.
  const auto from = [&](const operations::Place& place) {
    const StoredTensor& tensor = work.of(place);
    return bytes(tensor).subspan(static_cast<std::size_t>(place.element * tensor.element_bytes()));
  };
  const auto part_of = [](std::span<const std::byte> all, int element_bytes, std::int64_t first, std::int64_t count) {
    return all.subspan(static_cast<std::size_t>(first * element_bytes), static_cast<std::size_t>(count * element_bytes));
  };
  const auto format_of = [&](const operations::Place& place) { return work.of(place).format; };
  const numerics::FormatSpec y_format = form.y ? format_of(*form.y) : form.s ? format_of(*form.s) : x.format;
  const operations::VectorFormats formats(x.format, y_format, {work.output.format, work.mode.accumulate.rounding});
  // Scratchpad B: s, then t.
  second_.clear();
  for (const auto& place : {form.s, form.t}) {
    if (!place) continue;
    const auto constants = part_of(from(*place), work.of(*place).element_bytes(), 0, form.constants);
    second_.insert(second_.end(), constants.begin(), constants.end());
  }
  const Code fill = fill_code(x.format, form.fill);
  const std::span<const std::byte> x_bytes = form.windows ? bytes(x) : from(form.x.at);
  const std::span<const std::byte> y_bytes = form.y ? from(*form.y) : std::span<const std::byte>();
  std::optional<RowGather> windows;
  if (form.windows) windows.emplace(form.x, form.window);
  const auto run_chunk = [&](VectorLane& lane, std::int64_t first, std::int64_t count) {
    spec::Vector record = bound_record(form, work);
    record.count = count;
    record.first = form.first + first;
    std::span<const std::byte> in;
    if (form.windows) {
      lane.windows.resize(static_cast<std::size_t>(count * form.window * x.element_bytes()));
      with_code(x.element_bytes(), [&](auto element) {
        using Element = decltype(element);
        const Element* const tensor = as<Element>(x_bytes).data();
        auto* to = reinterpret_cast<Element*>(lane.windows.data());
        if (form.window == 1) return windows->single(tensor, static_cast<Element>(fill), form.x_first + first, count, to);
        for (std::int64_t i = 0; i < count; ++i, to += form.window)
          windows->row(tensor, static_cast<Element>(fill), form.x_first + first + i, to);
      });
      in = lane.windows;
    } else {
      in = part_of(x_bytes, x.element_bytes(), first, count);
    }
    const auto second =
        form.y ? part_of(y_bytes, work.of(*form.y).element_bytes(), first, count) : std::span<const std::byte>(second_);
    const auto element = static_cast<std::size_t>(work.output.element_bytes());
    lane.vector.run(formats, record, in, second,
                    out.subspan(static_cast<std::size_t>(form.out + first) * element, static_cast<std::size_t>(count) * element),
                    lane.stats);
  };
  const std::int64_t chunk = form.windows ? std::max(kWindowElements / form.window, std::int64_t{1}) : form.outputs;
  const auto run_part = [&](int worker, std::int64_t begin, std::int64_t size) {
    VectorLane& lane = lanes_[static_cast<std::size_t>(worker)];
    for (std::int64_t done = 0; done < size; done += chunk) run_chunk(lane, begin + done, std::min(chunk, size - done));
  };
  for (VectorLane& lane : lanes_) lane.stats = {};
  // Rows that are normalised as a whole stay together.
  const bool elements = form.windows || operations::vector_row(spec::op_of(form.record)).traits.takes == operations::Takes::Element;
  elements ? division_->each(form.outputs, form.windows ? form.window : 1, run_part) : run_part(0, 0, form.outputs);
  for (const VectorLane& lane : lanes_) stats += lane.stats;
}

TensorStats tensor_stats(const datapath::TileStats& stats) {
  return {
      .max_abs = stats.max_abs, .overflows = stats.mantissa_overflows, .leading_bit = stats.leading_bit, .events = stats.events};
}

}  // namespace binade::programs
