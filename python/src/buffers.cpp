// SPDX-License-Identifier: Apache-2.0
#include "python/src/buffers.h"

#include <cstring>
#include <string>

#include "models/numerics/error.h"

namespace binade::python {

Buffer::Buffer(nanobind::handle array, const char* name, bool written) : name_(name) {
  const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (written ? PyBUF_WRITABLE : 0);
  if (PyObject_GetBuffer(array.ptr(), &view_, flags) == 0) return;
  PyErr_Clear();
  throw InputError(std::string(name) + ": not a contiguous" + (written ? ", writable" : "") + " array");
}

char Buffer::type() const {
  const char* const format = view_.format != nullptr ? view_.format : "B";
  return std::strlen(format) == 1 ? format[0] : '\0';
}

int Buffer::code_bytes() const {
  if (std::strchr("BHIL", type()) == nullptr || type() == '\0' || view_.itemsize > 4)
    throw InputError(std::string(name_) + ": codes of another type; allowed: uint8, uint16, uint32");
  return static_cast<int>(view_.itemsize);
}

int Buffer::value_bytes() const {
  if (type() != 'f' && type() != 'd') throw InputError(std::string(name_) + ": values of another type; allowed: float32, float64");
  return static_cast<int>(view_.itemsize);
}

void Buffer::require_apart(const Buffer& other, bool same_allowed) const {
  lib::require_apart(view_.buf, static_cast<std::size_t>(view_.len), other.view_.buf, static_cast<std::size_t>(other.view_.len),
                     std::string(name_) + " and " + other.name_, same_allowed);
}

}  // namespace binade::python
