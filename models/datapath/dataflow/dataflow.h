// SPDX-License-Identifier: Apache-2.0
// A dataflow: how a tile lies on the array over time. Each has one file in this folder (README.md says how to add one); everybody
// else asks the object. Columns of the array are columns of the output in all of them, since a lane serves a column.
#pragma once

#include <span>
#include <string_view>

#include "models/datapath/core.h"
#include "models/datapath/dataflow/fold.h"
#include "models/datapath/dataflow/run.h"

namespace binade::datapath {

/// The loops of O[m][n] += A[m][k] B[k][n].
enum class Axis : std::uint8_t { M, N, K };
std::int64_t extent(const CoreCommand& command, Axis axis);

/// One product of a tile.
struct Position {
  std::int64_t m = 0, n = 0, k = 0;
};

/// Beats of a whole command in closed form.
struct TileSpan {
  std::uint64_t end = 0;       ///< of the last fold that ends
  std::uint64_t last_end = 0;  ///< of the last fold
  std::uint64_t last_c = 0;    ///< columns charged to the last fold
};

/// Where an index along one axis lies: index / block * outer + index % block * inner elements from the first.
struct AxisLayout {
  std::int64_t block = 1, outer = 0, inner = 0;
  std::int64_t offset(std::int64_t index) const { return index / block * outer + index % block * inner; }
};
/// A matrix in a scratchpad.
struct MatrixLayout {
  AxisLayout rows, cols;
  std::int64_t offset(Place p) const { return rows.offset(p.row) + cols.offset(p.col); }
};

class DataflowRules {
 public:
  virtual ~DataflowRules() = default;

  virtual Dataflow dataflow() const = 0;
  virtual std::string_view word() const = 0;   ///< as the user writes it
  virtual std::string_view title() const = 0;  ///< in words
  virtual std::span<const Overlap> overlaps() const = 0;
  bool overlaps_by(Overlap overlap) const;

  /// The axis that lies along the array's rows, in blocks of R; a fold streams all of the other of M and K.
  virtual Axis rows_axis() const = 0;
  Axis depth_axis() const { return rows_axis() == Axis::M ? Axis::K : Axis::M; }
  /// The array that it needs: sums stay in their elements and leave by a drain chain; otherwise B stays and sums fall through all
  /// rows, by way of the partial-sum bank where K has several folds.
  bool sums_stay() const { return rows_axis() == Axis::M; }

  /// Extents of the fold that holds a product; its beats are not set.
  Fold fold_at(const CoreConfig& config, const CoreCommand& command, Position p) const;
  /// First product of the fold after this one; false after the last.
  virtual bool next(const CoreConfig& config, const CoreCommand& command, Position& first) const = 0;
  /// Sets the beats of a fold that has its extents. `previous`: the fold before it, null for the first.
  virtual void place(const CoreConfig& config, const Fold* previous, Fold& fold) const = 0;
  /// First product of the fold that moves a vector of a stream; `vector` is a vector of the command, bias not counted.
  virtual Position first_of(const CoreConfig& config, const CoreCommand& command, Stream stream, std::uint64_t vector) const = 0;
  /// The vectors that a fold moves over a stream, bias not counted. A run holds whole blocks: lanes of A never split an aligned
  /// block of R, vectors of Out never an aligned block of R rows.
  virtual Run run(const CoreConfig& config, const CoreCommand& command, Stream stream, const Fold& fold) const = 0;

  virtual TileSpan span(const CoreConfig& config, const CoreCommand& command) const = 0;
  /// Beats that lanes wait for the last column, so that a vector leaves together.
  virtual int deskew_beats(const CoreConfig& config) const = 0;

  // What follows from the axis along the rows.
  /// Times that the array takes all of B: each block of rows meets all of it, but a B that stays enters once.
  std::int64_t b_passes(const CoreConfig& config, const CoreCommand& command) const;
  /// Rows of a tile that may hold a part of K: one output block.
  std::int64_t partial_k_rows(const CoreConfig& config) const;
  /// A cut along M or K that leaves whole folds is a multiple of this.
  std::int64_t step(const CoreConfig& config, Axis axis) const;
  /// A in its scratchpad: in the order of the stream's first pass, vectors as close as the widest one is.
  MatrixLayout a_layout(const CoreConfig& config, std::int64_t m, std::int64_t k) const;
};

/// The registry: every dataflow, in the order of their words in messages.
std::span<const DataflowRules* const> all_dataflows();
const DataflowRules& rules_of(Dataflow dataflow);
inline const DataflowRules& rules_of(const CoreConfig& config) { return rules_of(config.dataflow); }

/// The run with a vector of a command's stream, bias vectors included (they come first, one per column block).
Run run_of(const CoreConfig& config, const CoreCommand& command, Stream stream, std::uint64_t vector);
/// The run with the element that a product takes from, or gives to, a stream.
Run run_at(const CoreConfig& config, const CoreCommand& command, Stream stream, Position p);

struct StreamElement {
  std::uint64_t vector = 0;
  std::size_t lane = 0;
};
/// Where A[m][k], B[k][n] or Out[m][n] of a product passes.
StreamElement element_of(const CoreConfig& config, const CoreCommand& command, Stream stream, Position p);
/// The bias of output column `col`. Precondition: command.bias.
StreamElement bias_element(const CoreConfig& config, std::int64_t col);

}  // namespace binade::datapath
