// SPDX-License-Identifier: Apache-2.0
// The golden model of a layer's matrix products and of what they read: forms carried out on tensors that lie anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "models/operations/forms.h"

namespace binade::operations {

/// Reads consecutive codes of an operand from a place on. Elements outside the tensor are never asked for.
using ReadCodes = std::function<void(const Place& at, std::span<numerics::Code> codes)>;

/// Codes of rows [first, first + count) of a source, all k columns: row-major.
std::vector<numerics::Code> gather_rows(const ReadCodes& read, const Source& source, std::int64_t first, std::int64_t count,
                                        std::int64_t k, numerics::Code fill = 0);

/// What a layer's products are stored with.
struct GemmStore {
  bool relu = false;
  int product_shift = 0, bias_shift = 0;
  std::uint32_t seed = 0, tensor = 0;
};

/// Results of one part of a form, m x n output words, and its statistics. `sink` takes rows [first, first + count).
/// Neither depends on `threads`.
void golden_gemm(const datapath::CoreConfig& config, const GemmForm& form, const GemmPart& part, const GemmStore& store,
                 const ReadCodes& read,
                 const std::function<void(std::int64_t first, std::int64_t count, std::span<const std::uint64_t> words)>& sink,
                 datapath::TileStats& stats, int threads = 1);

}  // namespace binade::operations
