// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/autoflex_evaluator.h"
#include "python/src/module.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace binade::python {

void add_autoflex(nb::module_& module) {
  nb::class_<exponent::AutoflexEvaluator>(module, "AutoflexEvaluator")
      .def(
          "__init__",
          [](exponent::AutoflexEvaluator* self, const Format& format, const std::string& preset, int start, bool initialise) {
            new (self) exponent::AutoflexEvaluator(format.spec, preset, start, initialise);
          },
          "format"_a, "preset"_a, "start"_a, "initialise"_a)
      .def("touch", [](exponent::AutoflexEvaluator& self, double max_abs) {
        const exponent::AutoflexStep step = self.touch(max_abs);
        std::vector<std::tuple<int, std::uint64_t>> tries;
        for (const exponent::AutoflexTry& one : step.trace) tries.emplace_back(one.lsb_exponent, one.max_abs_plus_one);
        return std::tuple(step.lsb_exponent, step.max_mantissa, step.overflow, step.next_lsb_exponent, tries);
      });
}

}  // namespace binade::python
