// SPDX-License-Identifier: Apache-2.0
// Tensors in a digest: names, shapes and values.
#pragma once

#include <map>
#include <string>

#include "models/operations/tensor.h"
#include "sim/host/digest.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

void add_tensors(const std::map<std::string, operations::Tensor>& tensors, Digest& digest);
/// The inputs and, where there are any, the labels.
void add_inputs(const RunSpec& spec, Digest& digest);

}  // namespace binade::sim
