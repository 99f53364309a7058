// SPDX-License-Identifier: Apache-2.0
// Tensors between the host and a machine's memory: codes as little-endian storage bytes.
#pragma once

#include <functional>
#include <vector>

#include "models/exponent/quantize.h"
#include "models/numerics/encoded_tensor.h"
#include "models/numerics/reals.h"
#include "models/programs/machine.h"

namespace binade::programs {

/// Calls job(first, count) for parts of [0, total), on one thread or several; empty: the caller does all. Given only for machines
/// whose memory several threads may use at once.
using Divide = std::function<void(std::int64_t total, const std::function<void(std::int64_t first, std::int64_t count)>& job)>;

std::vector<std::byte> pack_codes(std::span<const numerics::Code> codes, int element_bytes);
std::vector<numerics::Code> unpack_codes(std::span<const std::byte> bytes, int element_bytes);

/// Quantises the values, range by range, and writes them to `place`, whose elements they are; says there what their exponent and
/// largest mantissa are. `how`: where the format shares an exponent, with that of the whole tensor.
void store(Machine& machine, const numerics::Reals& values, const exponent::QuantizeOptions& how, StoredTensor& place,
           const Divide& divide = {});
/// The largest magnitude of a stored tensor's elements; infinite or NaN where one is.
double largest_magnitude(Machine& machine, const StoredTensor& tensor, const Divide& divide = {});
/// The bytes of a stored tensor.
std::vector<std::byte> read_bytes(Machine& machine, const StoredTensor& tensor);
/// Its codes and exponents, from its bytes.
numerics::EncodedTensor unpack(const StoredTensor& tensor, std::span<const std::byte> bytes);
/// Exact values.
std::vector<double> values_of(const numerics::EncodedView& tensor);

/// The values of a stored tensor, decoded from the machine's memory at each request.
class StoredReals final : public numerics::RealSource {
 public:
  /// `machine` outlives it, and holds the tensor.
  StoredReals(Machine& machine, const StoredTensor& tensor) : machine_(machine), tensor_(tensor) {}
  void read(std::int64_t first, std::span<double> out) const override;
  numerics::Reals reals() const { return tensor_.address < 0 ? numerics::Reals() : numerics::Reals(*this, tensor_.elements); }

 private:
  Machine& machine_;
  const StoredTensor tensor_;
};

}  // namespace binade::programs
