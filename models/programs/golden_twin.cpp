// SPDX-License-Identifier: Apache-2.0
#include "models/programs/golden_twin.h"

#include <map>

#include "models/programs/storage.h"

namespace binade::programs {

GoldenTwin::GoldenTwin(Machine& machine, const datapath::CoreConfig& core, int threads, const Work& work)
    : golden_(core, threads), work_(work) {
  std::map<std::int64_t, std::int64_t> copies;  // an operand may be read twice
  const auto copy = [&](StoredTensor& tensor) {
    if (tensor.address < 0) return;
    const auto [known, fresh] = copies.emplace(tensor.address, 0);
    if (fresh) {
      known->second = golden_.allocate(tensor.bytes());
      golden_.write(known->second, read_bytes(machine, tensor));
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
