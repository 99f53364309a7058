// SPDX-License-Identifier: Apache-2.0
// Tensors between the host and a machine's memory: codes as little-endian storage bytes.
#pragma once

#include <vector>

#include "models/numerics/encoded_tensor.h"
#include "models/programs/machine.h"

namespace binade::programs {

std::vector<std::byte> pack_codes(std::span<const numerics::Code> codes, int element_bytes);
std::vector<numerics::Code> unpack_codes(std::span<const std::byte> bytes, int element_bytes);

/// Writes the codes to `place`, whose elements they are, and says there what their exponent and largest mantissa are.
void store(Machine& machine, const numerics::EncodedTensor& tensor, StoredTensor& place);
/// The bytes of a stored tensor.
std::vector<std::byte> read_bytes(Machine& machine, const StoredTensor& tensor);
/// Its codes and exponents, from its bytes.
numerics::EncodedTensor unpack(const StoredTensor& tensor, std::span<const std::byte> bytes);
/// Exact values.
std::vector<double> values_of(const numerics::EncodedView& tensor);

}  // namespace binade::programs
