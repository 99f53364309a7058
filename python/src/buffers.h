// SPDX-License-Identifier: Apache-2.0
// Memory of NumPy arrays, and of whatever else has Python's buffer protocol, as the arrays of lib/: no copies.
#pragma once

#include <nanobind/nanobind.h>

#include "lib/elements.h"

namespace binade::python {

/// Holds a contiguous buffer for its lifetime; made and destroyed under the interpreter's lock.
class Buffer {
 public:
  /// Throws InputError, naming the array, unless it is contiguous and, where it is written, writable.
  Buffer(nanobind::handle array, const char* name, bool written = false);
  ~Buffer() { PyBuffer_Release(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  /// Throw InputError where the elements are not of that kind: codes in uint8, uint16 or uint32; values in float32 or float64.
  lib::CodesIn codes_in() const { return {view_.buf, code_bytes(), count()}; }
  lib::CodesOut codes_out() const { return {view_.buf, code_bytes(), count()}; }
  lib::ValuesIn values_in() const { return {view_.buf, value_bytes(), count()}; }
  lib::ValuesOut values_out() const { return {view_.buf, value_bytes(), count()}; }

  void require_apart(const Buffer& other, bool same_allowed = false) const;

 private:
  std::size_t count() const { return static_cast<std::size_t>(view_.len / view_.itemsize); }
  int code_bytes() const;
  int value_bytes() const;
  char type() const;

  const char* name_;
  Py_buffer view_{};
};

}  // namespace binade::python
