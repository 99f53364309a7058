// SPDX-License-Identifier: Apache-2.0
// The one exception type for mistakes in what the user gave us (exit code 2). Numeric exceptions are never C++ exceptions.
#pragma once

#include <stdexcept>

namespace binade {

/// What is wrong, where, and what is allowed; one line, ready to print.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken internal invariant (exit code 3).
class InvariantError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace binade
