// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_arithmetic.h"

#include "models/operations/chain/chain_fast.h"

namespace binade::operations {

void ChainArithmetic::run(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets) {
  if (!fits_binary64(sources)) return run_literally(form, sources, targets);
  FastChain(form, sources, targets).run();
}

}  // namespace binade::operations
