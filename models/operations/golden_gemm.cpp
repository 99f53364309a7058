// SPDX-License-Identifier: Apache-2.0
#include "models/operations/golden_gemm.h"

#include <algorithm>

#include "models/kernels/gemm.h"

namespace binade::operations {

using numerics::Code;

namespace {

constexpr std::int64_t kGatherElements = std::int64_t{1} << 22;  // codes of A gathered at a time

// Elements of one plane reached by k0: the whole image, or the one element of a matrix.
struct Reader {
  const ReadCodes& read;
  const Source& source;
  std::vector<Code> fetch(std::int64_t first_element, std::int64_t count) const {
    std::vector<Code> codes(static_cast<std::size_t>(count));
    Place at = source.at;
    at.element += first_element;
    read(at, codes);
    return codes;
  }
};

// Rows of a matrix: contiguous along one of its axes, so whole stretches are read at once.
void gather_matrix(const Reader& reader, std::int64_t first, std::int64_t count, std::int64_t k, std::vector<Code>& codes) {
  const Walk& s = reader.source.walk;
  const bool rows_contiguous = s.k0_step == 1;
  const std::int64_t lines = rows_contiguous ? count : k, length = rows_contiguous ? k : count;
  for (std::int64_t line = 0; line < lines; ++line) {
    const std::int64_t start = rows_contiguous ? (first + line) * s.x0_step : line * s.k0_step + first * s.x0_step;
    const std::int64_t step = rows_contiguous ? s.k0_step : s.x0_step;
    const std::vector<Code> values = reader.fetch(start, (length - 1) * step + 1);
    for (std::int64_t i = 0; i < length; ++i)
      codes[static_cast<std::size_t>(rows_contiguous ? line * k + i : i * k + line)] = values[static_cast<std::size_t>(i * step)];
  }
}

void gather_image(const Reader& reader, std::int64_t first, std::int64_t count, std::int64_t k, Code fill,
                  std::vector<Code>& codes) {
  const Walk& s = reader.source.walk;
  const spec::Geometry vertical = spec::unpack_geometry(s.h_geometry), horizontal = spec::unpack_geometry(s.w_geometry);
  const std::int64_t pixels = s.x1_size * s.x2_size, area = s.k1_size * s.k2_size, plane = s.height * s.width;
  for (std::int64_t x = first; x < first + count;) {
    const std::int64_t x0 = x / pixels, x_end = std::min(first + count, (x0 + 1) * pixels);
    for (std::int64_t k0 = 0; k0 < k / area; ++k0) {
      const std::vector<Code> image = reader.fetch(x0 * s.x0_step + k0 * s.k0_step, plane);
      for (std::int64_t i = x; i < x_end; ++i) {
        const std::int64_t x1 = i % pixels / s.x2_size, x2 = i % s.x2_size;
        Code* out = codes.data() + (i - first) * k + k0 * area;
        for (std::int64_t k1 = 0; k1 < s.k1_size; ++k1)
          for (std::int64_t k2 = 0; k2 < s.k2_size; ++k2) {
            const std::int64_t h = x1 * vertical.stride + k1 * vertical.dilation - vertical.pad;
            const std::int64_t w = x2 * horizontal.stride + k2 * horizontal.dilation - horizontal.pad;
            const bool inside = h >= 0 && h < s.height && w >= 0 && w < s.width;
            *out++ = inside ? image[static_cast<std::size_t>(h * s.width + w)] : fill;
          }
      }
    }
    x = x_end;
  }
}

}  // namespace

std::vector<Code> gather_rows(const ReadCodes& read, const Source& source, std::int64_t first, std::int64_t count, std::int64_t k,
                              Code fill) {
  std::vector<Code> codes(static_cast<std::size_t>(count * k));
  const Reader reader{read, source};
  const Walk& w = source.walk;
  const bool matrix =
      w.height * w.width * w.x1_size * w.x2_size * w.k1_size * w.k2_size == 1 && w.h_geometry == spec::pack_geometry(1, 1, 0);
  matrix ? gather_matrix(reader, first, count, k, codes) : gather_image(reader, first, count, k, fill, codes);
  return codes;
}

void golden_gemm(const datapath::CoreConfig& config, const GemmForm& form, const GemmPart& part, const GemmStore& store,
                 const ReadCodes& read, const std::function<void(std::int64_t, std::int64_t, std::span<const std::uint64_t>)>& sink,
                 datapath::TileStats& stats, int threads) {
  const GemmShape& shape = form.shape;
  const std::vector<Code> b = gather_rows(read, part.b, 0, shape.n, shape.k);
  std::vector<Code> bias;
  if (shape.bias) bias = gather_rows(read, {part.bias, matrix_walk(1, 1)}, 0, shape.n, 1);
  const std::int64_t rows = std::clamp(kGatherElements / shape.k, std::int64_t{1}, shape.m);
  std::vector<std::uint64_t> words;
  for (std::int64_t first = 0; first < shape.m; first += rows) {
    const std::int64_t count = std::min(rows, shape.m - first);
    const std::vector<Code> a = gather_rows(read, part.a, first, count, shape.k);
    const datapath::CoreCommand command{.m = count,
                                        .n = shape.n,
                                        .k = shape.k,
                                        .bias = shape.bias,
                                        .relu = store.relu,
                                        .product_shift = store.product_shift,
                                        .bias_shift = store.bias_shift,
                                        .seed = store.seed,
                                        .tensor = store.tensor,
                                        .m_base = part.m_base + first,
                                        .n_base = part.n_base,
                                        .logical_cols = form.logical_cols};
    words.assign(static_cast<std::size_t>(count * shape.n), 0);
    datapath::TileStats tile;
    kernels::gemm(config, command, {a, b, bias}, words, tile, threads);
    stats += tile;
    sink(first, count, words);
  }
}

}  // namespace binade::operations
