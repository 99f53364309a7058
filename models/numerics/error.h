// SPDX-License-Identifier: Apache-2.0
// What ends the program: a mistake of the user, a mismatch, a broken invariant. Numeric exceptions are never C++ exceptions.
#pragma once

#include <stdexcept>

namespace binade {

/// A mistake in what the user gave us (exit code 2): what is wrong, where, and what is allowed; one line, ready to print.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A verification found two things that must be equal and are not (exit code 1): where, both, and how to see it again; lines.
class MismatchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken internal invariant (exit code 3).
class InvariantError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace binade
