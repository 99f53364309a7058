// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/core.h"

#include <algorithm>

namespace binade::datapath {

TileStats& TileStats::operator+=(const TileStats& other) {
  max_abs = std::max(max_abs, other.max_abs);
  mantissa_overflows += other.mantissa_overflows;
  for (std::size_t i = 0; i < leading_bit.size(); ++i) leading_bit[i] += other.leading_bit[i];
  events += other.events;
  return *this;
}

TileClocks& TileClocks::operator+=(const TileClocks& other) {
  beats += other.beats;
  stall_a += other.stall_a;
  stall_b += other.stall_b;
  stall_out += other.stall_out;
  overhead += other.overhead;
  macs += other.macs;
  a_vectors += other.a_vectors;
  b_vectors += other.b_vectors;
  out_vectors += other.out_vectors;
  psum_reads += other.psum_reads;
  psum_writes += other.psum_writes;
  return *this;
}

}  // namespace binade::datapath
