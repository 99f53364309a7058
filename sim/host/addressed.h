// SPDX-License-Identifier: Apache-2.0
// The forms of an operation (models/operations) bound to tensors in DRAM: byte addresses and exponents, before any tiling.
#pragma once

#include <span>
#include <vector>

#include "models/programs/machine.h"
#include "sim/host/lower_chain.h"
#include "sim/host/lower_gemm.h"
#include "sim/host/lower_vector.h"
#include "sim/host/lower_windows.h"

namespace binade::sim {

GemmLayer addressed(const operations::GemmForm& form, const programs::Work& work);
VectorJob addressed(const operations::VectorForm& form, const programs::Work& work);
std::vector<VectorJob> addressed(std::span<const operations::VectorForm> forms, const programs::Work& work);
/// Formats of operands and results are left at 0, here and below.
ChainJob addressed(const operations::ChainForm& form, const programs::Work& work);
WindowJob addressed(const operations::MaximumForm& form, const programs::Work& work);
WindowJob addressed(const operations::WindowGradientForm& form, const programs::Work& work);

}  // namespace binade::sim
