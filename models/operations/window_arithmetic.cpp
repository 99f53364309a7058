// SPDX-License-Identifier: Apache-2.0
#include "models/operations/window_arithmetic.h"

#include <algorithm>
#include <cmath>

#include "models/numerics/vector_codec.h"
#include "models/operations/vector_loops.h"
#include "models/operations/window_grid.h"
#include "models/operations/window_rounding.h"
#include "models/operations/window_sums.h"

namespace binade::operations {

using numerics::Code;

namespace {

/// `count` elements of `size` bytes, from element `first` of `bytes` on.
void widen(std::span<const std::byte> bytes, std::int64_t first, std::int64_t count, std::int64_t size, std::vector<Code>& codes) {
  codes.resize(static_cast<std::size_t>(count));
  loops::widen(bytes.data() + first * size, static_cast<int>(size), codes.size(), codes.data());
}
void narrow(const std::vector<Code>& codes, std::int64_t first, std::int64_t size, std::span<std::byte> bytes) {
  loops::narrow(codes.data(), static_cast<int>(size), codes.size(), bytes.data() + first * size);
}

/// Values in one unit, of which only the order counts.
void decode(const numerics::FormatSpec& format, const std::vector<Code>& codes, std::vector<double>& values) {
  values.resize(codes.size());
  if (format.shared_exponent())
    loops::decode_integers(codes.data(), 1, format.bits, 1, codes.size(), values.data());
  else
    numerics::decode_reals(format, codes.data(), 1, static_cast<std::int64_t>(codes.size()), values.data());
}

/// One plane of a record.
spec::Windows plane_of(const spec::Windows& record) {
  spec::Windows plane = record;
  plane.planes = 1;
  return plane;
}

/// What several windows give is held for as many pixels at most, or for one plane.
constexpr std::int64_t kPixelsTogether = std::int64_t{1} << 13;

}  // namespace

WindowPlanes planes_of(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes, std::int64_t first,
                       std::int64_t count) {
  WindowPlanes part{.record = record, .bytes = {}};
  part.record.planes = count;
  part.record.first = record.first + first * (output_count(record) / record.planes);
  const WindowExtent plane = window_extent(formats, plane_of(record));
  const auto of = [&](auto whole, std::int64_t size) {
    return whole.empty() ? whole : whole.subspan(static_cast<std::size_t>(first * size), static_cast<std::size_t>(count * size));
  };
  part.bytes = {.x = of(bytes.x, plane.x_bytes),
                .indices = of(bytes.indices, plane.index_bytes),
                .out = of(bytes.out, plane.o_bytes),
                .places = of(bytes.places, plane.index_bytes)};
  return part;
}

std::int64_t WindowArithmetic::run(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                                   datapath::TileStats& stats) {
  if (op_of(record) == spec::WindowOp::Maximum) {
    maxima(formats, record, bytes, stats);
    return 0;
  }
  if (!WindowGrid(plane_of(record)).overlap() && WindowDivisors(record).alike()) return apart(formats, record, bytes, stats);
  return together(formats, record, bytes, stats);
}

std::int64_t WindowArithmetic::together(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                                        datapath::TileStats& stats) {
  const bool chosen = op_of(record) == spec::WindowOp::ToChosen;
  const std::int64_t most = std::max(kPixelsTogether / (record.height * record.width), std::int64_t{1});
  std::int64_t strays = 0;
  for (std::int64_t first = 0; first < record.planes; first += most) {
    const WindowPlanes part = planes_of(formats, record, bytes, first, std::min(most, record.planes - first));
    widen(part.bytes.x, 0, window_count(part.record), formats.x.storage_bytes(), codes_);
    positions_.clear();
    if (chosen) widen(part.bytes.indices, 0, window_count(part.record), record.index_bytes, positions_);
    WindowRounding rounding(vector_, formats, part.record, stats);
    strays += sum_windows(rounding, codes_, positions_, part.bytes.out);
  }
  return strays;
}

void WindowArithmetic::maxima(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                              datapath::TileStats& stats) {
  const WindowGrid grid(plane_of(record));
  const std::int64_t size = formats.x.storage_bytes(), pixels = record.height * record.width,
                     windows = record.rows * record.columns;
  stored_.resize(static_cast<std::size_t>(record.planes * windows * size));
  to_.resize(static_cast<std::size_t>(windows));
  positions_.resize(static_cast<std::size_t>(windows));
  for (std::int64_t plane = 0; plane < record.planes; ++plane) {
    widen(bytes.x, plane * pixels, pixels, size, codes_);
    decode(formats.x, codes_, values_);
    grid.each_window([&](const WindowGrid::Window& window) {
      std::int64_t best = -1, place = 0;
      double largest = 0;
      grid.each_pixel(window, [&](std::int64_t position, std::int64_t pixel) {
        const double candidate = values_[static_cast<std::size_t>(pixel)];
        if (best >= 0 && (std::isnan(largest) || !(std::isnan(candidate) || candidate > largest))) return;
        largest = candidate;
        best = pixel;
        place = position;
      });
      to_[static_cast<std::size_t>(window.index)] = codes_[static_cast<std::size_t>(best)];
      positions_[static_cast<std::size_t>(window.index)] = static_cast<Code>(place);
    });
    narrow(to_, plane * windows, size, stored_);
    narrow(positions_, plane * windows, record.index_bytes, bytes.places);
  }
  WindowRounding rounding(vector_, formats, record, stats);
  rounding.mean(1, 1, rounding.x(stored_), rounding.result(), 0, record.planes * windows, bytes.out);
}

std::int64_t WindowArithmetic::apart(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                                     datapath::TileStats& stats) {
  const WindowGrid grid(plane_of(record));
  const bool chosen = op_of(record) == spec::WindowOp::ToChosen;
  const std::int64_t size = formats.x.storage_bytes(), pixels = record.height * record.width,
                     windows = record.rows * record.columns;
  std::int64_t strays = 0;
  stored_.resize(static_cast<std::size_t>(record.planes * pixels * size));
  for (std::int64_t plane = 0; plane < record.planes; ++plane) {
    widen(bytes.x, plane * windows, windows, size, codes_);
    if (chosen) widen(bytes.indices, plane * windows, windows, record.index_bytes, positions_);
    to_.assign(static_cast<std::size_t>(pixels), 0);
    grid.each_window([&](const WindowGrid::Window& window) {
      const auto index = static_cast<std::size_t>(window.index);
      if (chosen) {
        const std::int64_t pixel = grid.pixel(window, positions_[index]);
        if (pixel >= 0)
          to_[static_cast<std::size_t>(pixel)] = codes_[index];
        else
          ++strays;
      } else {
        grid.each_pixel(window, [&](std::int64_t, std::int64_t pixel) { to_[static_cast<std::size_t>(pixel)] = codes_[index]; });
      }
    });
    narrow(to_, plane * pixels, size, stored_);
  }
  WindowRounding rounding(vector_, formats, record, stats);
  const std::int64_t divisor = WindowDivisors(record).of({});
  rounding.mean(1, divisor, rounding.x(stored_), rounding.result(), 0, record.planes * pixels, bytes.out);
  return strays;
}

}  // namespace binade::operations
