// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/array_input.h"

namespace binade::datapath {

void set_token(Token& token, const CoreConfig& config, const CoreCommand& command, const StreamWalk& walk) {
  const Fold& fold = walk.folds.fold();
  const std::int64_t block = numerics::block_length(config.accumulate);
  token.mask = {static_cast<std::int16_t>(fold.r), static_cast<std::int16_t>(fold.c)};
  token.first_k = fold.first_k;
  token.final = fold.last_k;
  token.first = walk.vector == 0;
  token.last = walk.vector + 1 == fold.depth;
  token.chain_rows = static_cast<std::int16_t>(fold.charged_r);
  token.index = walk.vector;
  token.n0 = fold.n0;
  token.block_end = false;
  token.phase = 0;
  if (block != 0) {
    const std::int64_t k = command.k_base + fold.k0 + fold.k_per_vector * walk.vector;
    token.phase = static_cast<std::int32_t>(k % block);
    token.block_end = block - 1 - token.phase < fold.k_lanes;
  }
}

}  // namespace binade::datapath
