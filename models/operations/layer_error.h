// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "models/numerics/error.h"

namespace binade::operations {

/// A layer that cannot be: which, and why. Whoever knows where the layer was written says that too.
class LayerError : public InputError {
 public:
  LayerError(std::string layer, std::string why)
      : InputError("network: layer '" + layer + "': " + why), layer_(std::move(layer)), why_(std::move(why)) {}
  const std::string& layer() const { return layer_; }
  const std::string& why() const { return why_; }

 private:
  std::string layer_, why_;
};

}  // namespace binade::operations
