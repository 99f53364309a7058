// SPDX-License-Identifier: Apache-2.0
// A GEMM layer computed at once on the golden model, from the bytes that lie in DRAM. Initialises Flexpoint exponents without
// running the device, and is what tests compare lowered layers with.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "sim/host/lower_gemm.h"

namespace binade::sim {

/// Reads `bytes.size()` bytes of DRAM at an address.
using ReadMemory = std::function<void(std::int64_t address, std::span<std::byte> bytes)>;

/// Codes of rows [first, first + count) of a source, all k columns: row-major.
std::vector<numerics::Code> gather_rows(const ReadMemory& read, const GemmSource& source, int element_bytes, std::int64_t first,
                                        std::int64_t count, std::int64_t k);

/// Results of one of the layer's problems, m x n output words, and its statistics. `sink` takes rows [first, first + count).
/// Neither depends on `threads`.
void golden_gemm(const datapath::CoreConfig& config, const GemmLayer& layer, const GemmProblem& problem, const ReadMemory& read,
                 const std::function<void(std::int64_t first, std::int64_t count, std::span<const std::uint64_t> words)>& sink,
                 datapath::TileStats& stats, int threads = 1);

}  // namespace binade::sim
