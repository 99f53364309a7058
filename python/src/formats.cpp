// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "python/src/module.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace binade::python {
namespace {

constexpr const char* kFamilies[] = {"posit", "hill", "ieee", "flex", "dfp", "sdfp", "fixed"};

/// The text of a word, or InputError with what was given instead.
std::string word_of(nb::handle word) {
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_Check(word.ptr()) ? PyUnicode_AsUTF8AndSize(word.ptr(), &size) : nullptr;
  if (text != nullptr) return {text, static_cast<std::size_t>(size)};
  PyErr_Clear();
  throw InputError(std::string(nb::repr(word.type()).c_str()) + " is no word; allowed: text such as 'posit8'");
}

}  // namespace

void add_formats(nb::module_& module) {
  nb::class_<Format>(module, "Format",
                     "A number format, made from a word such as 'posit8', 'fp8e4m3', 'flex16+5', 'dfp8' or 'fixed16.8'.\n\n"
                     "Raises ValueError, which names the nearest word, on one that is unknown.\n\n"
                     ">>> posit = binade.Format('posit8')\n"
                     ">>> posit.bits, posit.family, posit.default_accumulate\n"
                     "(8, 'posit', 'exact')\n"
                     ">>> binade.Format('dfp8').states_exponent\n"
                     "False")
      .def(
          "__init__", [](Format* self, nb::handle word) { new (self) Format{numerics::parse_format(word_of(word))}; },
          "word"_a.none(), nb::sig("def __init__(self, word: str) -> None"))
      .def_prop_ro(
          "word", [](const Format& self) { return to_string(self.spec); }, "The canonical word.")
      .def_prop_ro(
          "bits", [](const Format& self) { return self.spec.bits; }, "Width of a code.")
      .def_prop_ro(
          "family", [](const Format& self) { return kFamilies[static_cast<std::size_t>(self.spec.family)]; },
          "posit, hill, ieee, flex, dfp, sdfp or fixed.")
      .def_prop_ro(
          "shares_exponent", [](const Format& self) { return self.spec.shared_exponent(); },
          "Codes are integers that count an LSB of 2**exponent, one for a tensor.")
      .def_prop_ro(
          "states_exponent", [](const Format& self) { return lib::states_exponent(self.spec); },
          "A code says all; False of flex, dfp and sdfp, whose exponent travels beside the codes.")
      .def_prop_ro(
          "code_bytes", [](const Format& self) { return self.spec.storage_bytes(); }, "1, 2 or 4: of the smallest type.")
      .def_prop_ro(
          "default_rounding", [](const Format& self) { return std::string(to_string(self.spec.default_rounding())); },
          "Used where no rounding is given: rne, ...")
      .def_prop_ro(
          "default_accumulate", [](const Format& self) { return std::string(to_string(numerics::default_accumulate(self.spec))); },
          "How sums of products of two such numbers are added where no policy is given: exact, ...")
      .def("__repr__", [](const Format& self) { return "Format('" + to_string(self.spec) + "')"; })
      .def("__str__", [](const Format& self) { return to_string(self.spec); })
      .def("__eq__", [](const Format& self,
                        nb::handle other) { return nb::isinstance<Format>(other) && self.spec == nb::cast<Format&>(other).spec; })
      .def("__hash__", [](const Format& self) { return nb::hash(nb::str(to_string(self.spec).c_str())); })
      .def("__reduce__",
           [](const Format& self) { return nb::make_tuple(nb::type<Format>(), nb::make_tuple(to_string(self.spec))); });
  module.def("named_formats", [] {
    std::vector<std::tuple<std::string, std::string>> rows;
    for (const numerics::NamedFormat& row : numerics::named_formats()) rows.emplace_back(row.word, row.meaning);
    return rows;
  });
}

}  // namespace binade::python
