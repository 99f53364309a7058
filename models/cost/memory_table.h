// SPDX-License-Identifier: Apache-2.0
// What memories on the chip cost in a technology (memories.csv beside its fit.json): of a bank of `words` x `bits` area, leakage
// and the energy of a read and a write. A bank that the table lacks:
//   words   between two rows of 64 bits a power law; fewer than the least cost that one, which has to be taken; more than the most
//           are several of it, of which an access touches one
//   bits    as many parts of a bank of 64 bits
// Figures of a row are exact, those of fewer words than the least extrapolated, all others interpolated; no error is known of them.
#pragma once

#include <map>
#include <string>

#include "models/cost/figure.h"

namespace binade::cost {

struct MemoryCost {
  double area_um2 = 0, leakage_nw = 0;
  double read_pj = 0, write_pj = 0;  ///< of an access
  Standing standing = Standing::Exact;
};

class MemoryTable {
 public:
  static constexpr int kBits = 64;

  /// Throws InputError with file, line and what is allowed; `# source: TEXT` and two rows of 64 bits must be there.
  static MemoryTable load(const std::string& path);

  /// Where the figures come from.
  const std::string& source() const { return source_; }
  /// Precondition: words and bits above 0; words may be a fraction, a share of a memory.
  MemoryCost bank(double words, double bits) const;

 private:
  std::string source_;
  std::map<double, MemoryCost> rows_;  ///< of 64 bits, by words
};

}  // namespace binade::cost
