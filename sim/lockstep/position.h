// SPDX-License-Identifier: Apache-2.0
// Where a run is, for messages and file names: the layer, and the tiles begun so far.
#pragma once

#include <cstdint>
#include <string>

namespace binade::lockstep {

/// A tile is a chain of commands from first_k to last_k. Tiles are counted from 0.
struct Position {
  std::string layer;             ///< empty: unknown
  std::uint64_t layer_tile = 0;  ///< of the layer
  std::uint64_t run_tile = 0;    ///< of the run
  std::uint64_t layer_begun = 0, run_begun = 0;

  void begin_layer(const std::string& name) {
    if (name == layer) return;  // a later pass goes on counting
    layer = name;
    layer_begun = 0;
  }
  void begin_tile() {
    layer_tile = layer_begun++;
    run_tile = run_begun++;
  }
};

}  // namespace binade::lockstep
