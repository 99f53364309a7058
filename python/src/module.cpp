// SPDX-License-Identifier: Apache-2.0
#include "python/src/module.h"

#include <system_error>

#include "models/numerics/error.h"

NB_MODULE(_core, module) {
  nanobind::set_leak_warnings(false);  // formats and kernels that python/binade keeps live until the interpreter ends
  nanobind::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const binade::InputError& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    } catch (const binade::InvariantError& error) {
      PyErr_SetString(PyExc_RuntimeError, error.what());
    } catch (const std::system_error& error) {
      PyErr_SetString(PyExc_OSError, error.what());
    }
  });
  binade::python::add_formats(module);
  binade::python::add_conversions(module);
  binade::python::add_products(module);
  binade::python::add_autoflex(module);
}
