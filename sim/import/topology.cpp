// SPDX-License-Identifier: Apache-2.0
#include "sim/import/topology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/import/gemm_list.h"
#include "sim/import/limits.h"

namespace binade::sim {
namespace {

using networks::Layer;
using networks::Network;
using networks::Op;

/// What a column of a row is.
enum class Column {
  Name,
  ImageHeight,
  ImageWidth,
  FilterHeight,
  FilterWidth,
  Channels,
  Filters,
  StrideHeight,
  StrideWidth,
  M,
  N,
  K,
  Batch,
  Sparsity,
  Other
};

using Columns = std::vector<Column>;
const Columns kConvolution{Column::Name,     Column::ImageHeight, Column::ImageWidth,   Column::FilterHeight, Column::FilterWidth,
                           Column::Channels, Column::Filters,     Column::StrideHeight, Column::StrideWidth};
const Columns kGemm{Column::Name, Column::M, Column::N, Column::K};
const Columns kBareGemm{Column::M, Column::N, Column::K};

/// Blanks, tabs and no-break spaces (U+00A0) at both ends are no part of a cell.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kNoBreak = "\xc2\xa0";
  for (;;) {
    if (text.starts_with(' ') || text.starts_with('\t')) {
      text.remove_prefix(1);
    } else if (text.starts_with(kNoBreak)) {
      text.remove_prefix(kNoBreak.size());
    } else if (text.ends_with(' ') || text.ends_with('\t')) {
      text.remove_suffix(1);
    } else if (text.ends_with(kNoBreak)) {
      text.remove_suffix(kNoBreak.size());
    } else {
      return text;
    }
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_number(std::string_view cell) {
  return !cell.empty() && std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// N:M, digits around one colon.
bool is_ratio(std::string_view cell) {
  const auto colon = cell.find(':');
  return colon != std::string_view::npos && is_number(cell.substr(0, colon)) && is_number(cell.substr(colon + 1));
}

/// A line without its comment.
struct Row {
  int line = 0;
  std::vector<std::string_view> cells;  ///< trimmed; without the empty ones at the end
  std::string_view comment;
};

Row row_of(std::string_view line, int number) {
  Row row;
  row.line = number;
  const auto hash = line.find('#');
  if (hash != std::string_view::npos) {
    row.comment = trimmed(line.substr(hash + 1));
    line = line.substr(0, hash);
  }
  const char separator = line.find(',') == std::string_view::npos ? '\t' : ',';
  for (bool more = true; more;) {
    const auto end = line.find(separator);
    more = end != std::string_view::npos;
    row.cells.push_back(trimmed(line.substr(0, end)));
    if (more) line.remove_prefix(end + 1);
  }
  while (!row.cells.empty() && row.cells.back().empty()) row.cells.pop_back();
  return row;
}

/// One cell of a header, given what the cells before it are. Headers differ between collections: "IFMAP Height" and "Ifmap height",
/// "Channels" and "channel", "Num Filter" and "num filters"; some say "IFMAP Width" for both extents.
Column header_column(std::string_view cell, const Columns& before) {
  const std::string word = lower(cell);
  const auto has = [&](const char* part) { return word.find(part) != std::string::npos; };
  const auto taken = [&](Column column) { return std::find(before.begin(), before.end(), column) != before.end(); };
  if (word == "m") return Column::M;
  if (word == "n") return Column::N;
  if (word == "k") return Column::K;
  if (has("stride")) return taken(Column::StrideHeight) ? Column::StrideWidth : Column::StrideHeight;
  if (has("sparsity")) return Column::Sparsity;
  if (has("batch")) return Column::Batch;
  if (has("ifmap") || has("input")) return taken(Column::ImageHeight) ? Column::ImageWidth : Column::ImageHeight;
  if (has("num") && has("filter")) return Column::Filters;
  if (has("filter")) return taken(Column::FilterHeight) ? Column::FilterWidth : Column::FilterHeight;
  if (has("channel")) return Column::Channels;
  if (before.empty() && (has("layer") || has("name") || word == "l" || word.empty())) return Column::Name;
  return Column::Other;
}

/// The columns that a row names; nothing where it is no header.
std::optional<Columns> header_of(const Row& row) {
  if (row.cells.size() < 3 || std::any_of(row.cells.begin(), row.cells.end(), is_number)) return std::nullopt;
  Columns columns;
  for (const auto& cell : row.cells) columns.push_back(header_column(cell, columns));
  const auto count = [&](Column column) { return std::count(columns.begin(), columns.end(), column); };
  const bool convolution = count(Column::ImageHeight) == 1 && count(Column::Filters) == 1 && count(Column::StrideHeight) == 1;
  const bool gemm = count(Column::M) == 1 && count(Column::N) == 1 && count(Column::K) == 1;
  return convolution || gemm ? std::optional(columns) : std::nullopt;
}

class Topology {
 public:
  Topology(std::string file, std::vector<std::string>& notes) : file_(std::move(file)), notes_(notes) {
    network_.name = printable(std::filesystem::path(file_).stem().string());
    network_.source = "SCALE-Sim topology " + printable(std::filesystem::path(file_).filename().string());
  }

  Network read(std::string_view text) {
    for (int line = 1; !text.empty(); ++line) {
      const auto end = std::min(text.find_first_of("\r\n"), text.size());
      read_row(row_of(text.substr(0, end), line));
      const bool windows = text.substr(end).starts_with("\r\n");
      text.remove_prefix(std::min(end + (windows ? 2 : 1), text.size()));
    }
    if (network_.layers.empty())
      throw InputError(
          fmt::format("{}: no layer in it; allowed: rows `name, IFMAP height, IFMAP width, filter height, filter "
                      "width, channels, filters, stride` or `name, M, N, K`",
                      file_));
    add_notes();
    return std::move(network_);
  }

 private:
  [[noreturn]] void fail(const Row& row, std::size_t column, const std::string& what) const {
    throw InputError(fmt::format("{}: line {}, column {}: {}", file_, row.line, column + 1, what));
  }

  void read_row(const Row& row) {
    if (row.cells.empty()) return;
    if (auto header = header_of(row)) {
      columns_ = std::move(*header);
      return;
    }
    if (row.cells.size() == 1 && !is_number(row.cells[0])) return;  // the title of a section
    read_layer(row, columns_.empty() ? columns_without_header(row) : columns_);
  }

  /// Told by how many numbers follow the name.
  Columns columns_without_header(const Row& row) const {
    std::size_t numbers = 0;
    while (numbers + 1 < row.cells.size() && !is_ratio(row.cells[numbers + 1])) ++numbers;
    if (numbers == 2 && is_number(row.cells[0])) return kBareGemm;
    if (numbers == 3) return kGemm;
    if (numbers == 7 || numbers == 8) return kConvolution;
    fail(row, row.cells.size() - 1,
         fmt::format("{} cells after the name; allowed: 3 (M, N, K), 7 (IFMAP height and width, filter height and width, channels, "
                     "filters, stride) or 8 (two strides)",
                     row.cells.size() - 1));
  }

  void read_layer(const Row& row, const Columns& columns) {
    std::vector<std::optional<std::int64_t>> found(static_cast<std::size_t>(Column::Other) + 1);
    std::string name;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const auto cell = row.cells[i];
      const Column column = i < columns.size() ? columns[i] : Column::Other;
      if (column == Column::Name) {
        name = std::string(cell);
      } else if (column == Column::Sparsity || is_ratio(cell)) {
        sparse_ = sparse_ || cell != "1:1";
        if (!is_ratio(cell)) fail(row, i, fmt::format("'{}' is no ratio; allowed: N:M", printable(cell)));
      } else if (column == Column::Batch || column == Column::Other) {
        if (!cell.empty())
          ignored_.insert(i < columns.size() && column == Column::Batch ? "batch size" : "columns without a meaning");
      } else {
        found[static_cast<std::size_t>(column)] = number(row, i, column);
      }
    }
    const auto get = [&](Column column) {
      if (const auto& value = found[static_cast<std::size_t>(column)]) return *value;
      const auto at = std::find(columns.begin(), columns.end(), column);
      const auto index = static_cast<std::size_t>(at - columns.begin());
      fail(row, index, fmt::format("{} is missing; the row ends after {} cells", column_name(column), row.cells.size()));
    };
    if (network_.layers.size() / 2 >= kMostLayers) fail(row, 0, fmt::format("more than {} layers", kMostLayers));
    const bool gemm = std::find(columns.begin(), columns.end(), Column::M) != columns.end();
    name = unique(name.empty() ? fmt::format("layer{}", network_.layers.size() / 2 + 1) : printable(name));
    if (gemm) {
      append_gemm(network_, name, {get(Column::M), get(Column::N), get(Column::K)});
      return;
    }
    const auto stride = get(Column::StrideHeight);
    const Extent height{get(Column::ImageHeight), get(Column::FilterHeight), stride};
    const Extent width{get(Column::ImageWidth), get(Column::FilterWidth),
                       found[static_cast<std::size_t>(Column::StrideWidth)].value_or(stride)};
    for (const auto& [extent, what] : {std::pair(height, "high"), std::pair(width, "wide")})
      if (extent.filter > extent.image)
        fail(row,
             static_cast<std::size_t>(std::find(columns.begin(), columns.end(),
                                                what == std::string_view("high") ? Column::FilterHeight : Column::FilterWidth) -
                                      columns.begin()),
             fmt::format("the filter is {} pixels {}, the image {}; allowed: at most the image's (these convolutions are unpadded)",
                         extent.filter, what, extent.image));
    append_convolution(row, name, height, width, get(Column::Channels), get(Column::Filters));
  }

  static const char* column_name(Column column) {
    switch (column) {
      case Column::ImageHeight:
        return "the IFMAP's height";
      case Column::ImageWidth:
        return "the IFMAP's width";
      case Column::FilterHeight:
        return "the filter's height";
      case Column::FilterWidth:
        return "the filter's width";
      case Column::Channels:
        return "the number of channels";
      case Column::Filters:
        return "the number of filters";
      case Column::StrideHeight:
        return "the stride";
      case Column::M:
        return "M";
      case Column::N:
        return "N";
      case Column::K:
        return "K";
      default:
        return "a number";
    }
  }

  std::int64_t number(const Row& row, std::size_t index, Column column) const {
    const auto cell = row.cells[index];
    const bool stride = column == Column::StrideHeight || column == Column::StrideWidth;
    const auto most = stride ? kLargestWindow : kLargestExtent;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (!is_number(cell) || error != std::errc() || end != cell.data() + cell.size() || value < 1 || value > most)
      fail(row, index, fmt::format("{} is '{}'; allowed: a whole number from 1 to {}", column_name(column), printable(cell), most));
    return value;
  }

  std::string unique(std::string name) {
    if (name.size() > kLongestName) name.resize(kLongestName);
    std::string candidate = name;
    for (int copy = 2; !names_.insert(candidate).second; ++copy) candidate = fmt::format("{}#{}", name, copy);
    return candidate;
  }

  struct Extent {
    std::int64_t image, filter, stride;
    /// ceil((image - filter + stride) / stride): a last window that is only partly in the image counts.
    std::int64_t windows() const { return (image - filter + stride + stride - 1) / stride; }
    /// How far that window reaches beyond the image: zeros are there.
    std::int64_t beyond() const { return (windows() - 1) * stride + filter - image; }
  };

  /// Depthwise convolutions are written in three ways. A name with DP: one filter row per channel, as SCALE-Sim expands it. A name
  /// or comment with `dw` or `depthwise` and several channels, one filter or as many: each channel has its own. One channel and one
  /// filter: a single channel of it, which is what the row says.
  bool depthwise(const Row& row, const std::string& name, std::int64_t channels, std::int64_t filters) const {
    if (channels == 1) return false;
    if (name.find("DP") != std::string::npos) return true;
    const std::string words = lower(name) + " " + lower(row.comment);
    const bool said = words.find("depthwise") != std::string::npos || words.find("dw") != std::string::npos;
    return said && (filters == 1 || filters == channels);
  }

  void append_convolution(const Row& row, const std::string& name, const Extent& height, const Extent& width, std::int64_t channels,
                          std::int64_t filters) {
    Layer input;
    input.name = name + ".input";
    input.out = {channels, height.image, width.image};
    Layer convolution;
    convolution.name = name;
    convolution.op = Op::Conv2d;
    convolution.inputs = {static_cast<int>(network_.layers.size())};
    convolution.window.kernel_h = static_cast<int>(height.filter);
    convolution.window.kernel_w = static_cast<int>(width.filter);
    convolution.window.stride_h = static_cast<int>(height.stride);
    convolution.window.stride_w = static_cast<int>(width.stride);
    if (height.beyond() > 0) convolution.window.pad_h_end = static_cast<int>(height.beyond());
    if (width.beyond() > 0) convolution.window.pad_w_end = static_cast<int>(width.beyond());
    convolution.out_features = filters;
    if (depthwise(row, name, channels, filters)) {
      depthwise_.push_back(name);
      convolution.groups = static_cast<int>(channels);
      const bool expanded = name.find("DP") != std::string::npos;  // a row of `filters` filters for each channel
      convolution.out_features = expanded ? channels * filters : channels;
    }
    network_.layers.push_back(std::move(input));
    network_.layers.push_back(std::move(convolution));
  }

  void add_notes() {
    const auto note = [&](const std::string& what) { notes_.push_back(fmt::format("{}: {}", network_.source, what)); };
    if (sparse_) note("sparsity ratios are read and not simulated: every layer is dense");
    if (!ignored_.empty()) note(fmt::format("{}: read and not simulated", fmt::join(ignored_, ", ")));
    if (!depthwise_.empty()) {
      const auto shown = std::min<std::size_t>(depthwise_.size(), 5);
      note(fmt::format("taken for depthwise convolutions: {}{}",
                       fmt::join(depthwise_.begin(), depthwise_.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       depthwise_.size() > shown ? fmt::format(" and {} more", depthwise_.size() - shown) : ""));
    }
  }

  std::string file_;
  std::vector<std::string>& notes_;
  Network network_;
  Columns columns_;  ///< of the last header; empty: none yet
  std::set<std::string> names_, ignored_;
  std::vector<std::string> depthwise_;
  bool sparse_ = false;
};

}  // namespace

networks::Network topology_network(const std::string& text, const std::string& file, std::vector<std::string>& notes) {
  return Topology(file, notes).read(text);
}

}  // namespace binade::sim
