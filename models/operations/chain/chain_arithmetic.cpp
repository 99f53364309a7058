// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_arithmetic.h"

namespace binade::operations {

void ChainArithmetic::run(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets) {
  run_literally(form, sources, targets);
}

}  // namespace binade::operations
