// SPDX-License-Identifier: Apache-2.0
// Products of a training step as JSON (traces/README.md).
#pragma once

#include <nlohmann/json.hpp>

#include "models/programs/training/step_product.h"

namespace binade::sim {

nlohmann::ordered_json to_json(const programs::StepProduct& product);
/// Throws InputError or nlohmann's exceptions where it is none.
programs::StepProduct step_product_from_json(const nlohmann::ordered_json& json);

}  // namespace binade::sim
