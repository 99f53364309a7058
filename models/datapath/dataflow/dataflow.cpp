// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/dataflow/dataflow.h"

#include <algorithm>
#include <limits>

#include "models/datapath/dataflow/blocks.h"
#include "models/numerics/error.h"

namespace binade::datapath {
namespace {

Place place_of(Stream stream, Position p) {
  switch (stream) {
    case Stream::A:
      return {p.m, p.k};
    case Stream::B:
      return {p.k, p.n};
    case Stream::Out:
      return {p.m, p.n};
  }
  throw InvariantError("Stream: no such enumerator");
}

std::uint64_t bias_vectors(const CoreConfig& config, const CoreCommand& command, Stream stream) {
  return stream == Stream::B && command.bias ? static_cast<std::uint64_t>(column_blocks(config, command)) : 0;
}

}  // namespace

std::int64_t extent(const CoreCommand& command, Axis axis) {
  switch (axis) {
    case Axis::M:
      return command.m;
    case Axis::N:
      return command.n;
    case Axis::K:
      return command.k;
  }
  throw InvariantError("Axis: no such enumerator");
}

bool DataflowRules::overlaps_by(Overlap overlap) const { return std::ranges::find(overlaps(), overlap) != overlaps().end(); }

Fold DataflowRules::fold_at(const CoreConfig& config, const CoreCommand& command, Position p) const {
  const bool k_in_rows = rows_axis() == Axis::K, full = config.edge == Edge::Full;
  Fold fold;
  fold.n0 = p.n / config.cols * config.cols;
  (k_in_rows ? fold.k0 : fold.m0) = (k_in_rows ? p.k : p.m) / config.rows * config.rows;
  const std::int64_t along_rows = k_in_rows ? command.k - fold.k0 : command.m - fold.m0;
  fold.r = static_cast<int>(std::min<std::int64_t>(config.rows, along_rows));
  fold.c = static_cast<int>(std::min<std::int64_t>(config.cols, command.n - fold.n0));
  fold.charged_r = full ? config.rows : fold.r;
  fold.charged_c = full ? config.cols : fold.c;
  fold.depth = extent(command, depth_axis());
  fold.k_per_vector = k_in_rows ? 0 : 1;
  fold.k_lanes = k_in_rows ? fold.r : 1;
  fold.first_k = command.first_k && fold.k0 == 0;
  fold.last_k = command.last_k && (!k_in_rows || fold.k0 + config.rows >= command.k);
  fold.b_vectors = k_in_rows ? fold.r : fold.depth;
  if (fold.last_k) fold.outputs = k_in_rows ? fold.depth : fold.r;
  return fold;
}

std::int64_t DataflowRules::b_passes(const CoreConfig& config, const CoreCommand& command) const {
  return rows_axis() == Axis::K ? 1 : ceil_div(extent(command, rows_axis()), config.rows);
}

std::int64_t DataflowRules::partial_k_rows(const CoreConfig& config) const {
  return rows_axis() == Axis::M ? config.rows : std::numeric_limits<std::int64_t>::max();
}

std::int64_t DataflowRules::step(const CoreConfig& config, Axis axis) const { return axis == rows_axis() ? config.rows : 1; }

MatrixLayout DataflowRules::a_layout(const CoreConfig& config, std::int64_t m, std::int64_t k) const {
  const bool k_in_rows = rows_axis() == Axis::K;
  const std::int64_t depth = k_in_rows ? m : k, lanes = std::min<std::int64_t>(config.rows, k_in_rows ? k : m);
  const AxisLayout along_lanes{lanes, depth * lanes, 1}, along_depth{depth, 0, lanes};
  return k_in_rows ? MatrixLayout{along_depth, along_lanes} : MatrixLayout{along_lanes, along_depth};
}

Run run_of(const CoreConfig& config, const CoreCommand& command, Stream stream, std::uint64_t vector) {
  const std::uint64_t bias = bias_vectors(config, command, stream);
  if (vector < bias) {
    const std::int64_t col = static_cast<std::int64_t>(vector) * config.cols;
    const int lanes = static_cast<int>(std::min<std::int64_t>(config.cols, command.n - col));
    return {
        .first = vector, .vectors = 1, .lanes = lanes, .origin = {0, col}, .per_vector = {1, 0}, .per_lane = {0, 1}, .bias = true};
  }
  return run_at(config, command, stream, rules_of(config).first_of(config, command, stream, vector - bias));
}

Run run_at(const CoreConfig& config, const CoreCommand& command, Stream stream, Position p) {
  const DataflowRules& rules = rules_of(config);
  Run run = rules.run(config, command, stream, rules.fold_at(config, command, p));
  run.first += bias_vectors(config, command, stream);
  return run;
}

StreamElement element_of(const CoreConfig& config, const CoreCommand& command, Stream stream, Position p) {
  const Run run = run_at(config, command, stream, p);
  const Place place = place_of(stream, p);
  return {run.vector_of(place), run.lane_of(place)};
}

StreamElement bias_element(const CoreConfig& config, std::int64_t col) {
  return {static_cast<std::uint64_t>(col / config.cols), static_cast<std::size_t>(col % config.cols)};
}

}  // namespace binade::datapath
