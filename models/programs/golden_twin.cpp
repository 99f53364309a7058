// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_twin.h"

#include <algorithm>
#include <map>
#include <vector>

namespace binade::programs {
namespace {

/// A piece at a time: no third copy of a large tensor.
void copy_bytes(Machine& from, std::int64_t from_address, Machine& to, std::int64_t to_address, std::int64_t bytes) {
  constexpr std::int64_t kPiece = std::int64_t{1} << 20;
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min(bytes, kPiece)));
  for (std::int64_t done = 0; done < bytes; done += kPiece) {
    const std::span<std::byte> part = std::span(piece).first(static_cast<std::size_t>(std::min(bytes - done, kPiece)));
    from.read(from_address + done, part);
    to.write(to_address + done, part);
  }
}

}  // namespace

GoldenTwin::GoldenTwin(Machine& machine, const datapath::CoreConfig& core, int threads, const Work& work)
    : golden_(core, threads), work_(work) {
  std::map<std::int64_t, std::int64_t> copies;  // an operand may be read twice
  const auto copy = [&](StoredTensor& tensor) {
    if (tensor.address < 0) return;
    const auto [known, fresh] = copies.emplace(tensor.address, 0);
    if (fresh) {
      known->second = golden_.allocate(tensor.bytes());
      copy_bytes(machine, tensor.address, golden_, known->second, tensor.bytes());
    }
    tensor.address = known->second;
  };
  for (StoredTensor& input : work_.inputs) copy(input);
  copy(work_.weight);
  copy(work_.bias);
  work_.output.address = golden_.allocate(work_.output.bytes());
  for (FurtherOutput& further : work_.further) further.tensor.address = golden_.allocate(further.tensor.bytes());
}

}  // namespace binade::programs
