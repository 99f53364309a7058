// SPDX-License-Identifier: Apache-2.0
// Holds the C++ enumerations that the RTL shares to models/spec/enumerations.def, when it is compiled: an enumerator that the list
// does not have is a warning of the switch, which is an error; one that C++ does not have, or another code, does not compile.
#include "models/datapath/core_config.h"
#include "models/numerics/events.h"
#include "models/spec/ranges.h"

namespace binade::rtl {
namespace {

constexpr int code_of(datapath::Datapath value) {
  switch (value) {
#define DATAPATH(name, code, meaning) \
  case datapath::Datapath::name:      \
    return code;
#include "models/spec/enumerations.def"
  }
  return -1;
}
constexpr int code_of(datapath::Dataflow value) {
  switch (value) {
#define DATAFLOW(name, code, meaning) \
  case datapath::Dataflow::name:      \
    return code;
#include "models/spec/enumerations.def"
  }
  return -1;
}
constexpr int code_of(datapath::Overlap value) {
  switch (value) {
#define OVERLAP(name, code, meaning) \
  case datapath::Overlap::name:      \
    return code;
#include "models/spec/enumerations.def"
  }
  return -1;
}
constexpr int code_of(numerics::Accumulate value) {
  switch (value) {
#define ACCUMULATE(name, code, meaning) \
  case numerics::Accumulate::name:      \
    return code;
#include "models/spec/enumerations.def"
  }
  return -1;
}
constexpr int code_of(numerics::Rounding value) {
  switch (value) {
#define ROUNDING(name, code, meaning) \
  case numerics::Rounding::name:      \
    return code;
#include "models/spec/enumerations.def"
  }
  return -1;
}
constexpr int code_of(numerics::Specials value) {
  switch (value) {
#define SPECIALS(name, code, meaning) \
  case numerics::Specials::name:      \
    return code;
#include "models/spec/enumerations.def"
  }
  return -1;
}

#define DATAPATH(name, code, meaning) \
  static_assert(code_of(datapath::Datapath::name) == static_cast<int>(datapath::Datapath::name));
#define DATAFLOW(name, code, meaning) \
  static_assert(code_of(datapath::Dataflow::name) == static_cast<int>(datapath::Dataflow::name));
#define OVERLAP(name, code, meaning) static_assert(code_of(datapath::Overlap::name) == static_cast<int>(datapath::Overlap::name));
#define ACCUMULATE(name, code, meaning) \
  static_assert(code_of(numerics::Accumulate::name) == static_cast<int>(numerics::Accumulate::name));
#define ROUNDING(name, code, meaning) \
  static_assert(code_of(numerics::Rounding::name) == static_cast<int>(numerics::Rounding::name));
#define SPECIALS(name, code, meaning) \
  static_assert(code_of(numerics::Specials::name) == static_cast<int>(numerics::Specials::name));
#include "models/spec/enumerations.def"

constexpr int kShiftBits = [] {
#define COMMAND_WIDTH(name, code, meaning) [[maybe_unused]] constexpr int name = code;
#include "models/spec/enumerations.def"
  return ShiftBits;
}();
static_assert(kShiftBits == spec::kShiftBits);

}  // namespace
}  // namespace binade::rtl
