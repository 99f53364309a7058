// SPDX-License-Identifier: Apache-2.0
// Holds the C++ enumerations that the RTL shares to models/spec/enumerations.def, when it is compiled: an enumerator that the list
// does not have is missing in the switch; one that C++ does not have, or another code, does not compile.
#include "models/datapath/core_config.h"
#include "models/spec/ranges.h"

#pragma GCC diagnostic error "-Wswitch"

namespace binade::rtl {
namespace {

constexpr bool agrees(datapath::Datapath value) {
  using enum datapath::Datapath;
  switch (value) {
#define DATAPATH(name, code, meaning) \
  case name:                          \
    return static_cast<int>(name) == code;
#include "models/spec/enumerations.def"
  }
  return false;
}
constexpr bool agrees(datapath::Dataflow value) {
  using enum datapath::Dataflow;
  switch (value) {
#define DATAFLOW(name, code, meaning) \
  case name:                          \
    return static_cast<int>(name) == code;
#include "models/spec/enumerations.def"
  }
  return false;
}
constexpr bool agrees(datapath::Overlap value) {
  using enum datapath::Overlap;
  switch (value) {
#define OVERLAP(name, code, meaning) \
  case name:                         \
    return static_cast<int>(name) == code;
#include "models/spec/enumerations.def"
  }
  return false;
}
constexpr bool agrees(numerics::Accumulate value) {
  using enum numerics::Accumulate;
  switch (value) {
#define ACCUMULATE(name, code, meaning) \
  case name:                            \
    return static_cast<int>(name) == code;
#include "models/spec/enumerations.def"
  }
  return false;
}
constexpr bool agrees(numerics::Rounding value) {
  using enum numerics::Rounding;
  switch (value) {
#define ROUNDING(name, code, meaning) \
  case name:                          \
    return static_cast<int>(name) == code;
#include "models/spec/enumerations.def"
  }
  return false;
}
constexpr bool agrees(numerics::Specials value) {
  using enum numerics::Specials;
  switch (value) {
#define SPECIALS(name, code, meaning) \
  case name:                          \
    return static_cast<int>(name) == code;
#include "models/spec/enumerations.def"
  }
  return false;
}

#define DATAPATH(name, code, meaning) static_assert(agrees(static_cast<datapath::Datapath>(code)));
#define DATAFLOW(name, code, meaning) static_assert(agrees(static_cast<datapath::Dataflow>(code)));
#define OVERLAP(name, code, meaning) static_assert(agrees(static_cast<datapath::Overlap>(code)));
#define ACCUMULATE(name, code, meaning) static_assert(agrees(static_cast<numerics::Accumulate>(code)));
#define ROUNDING(name, code, meaning) static_assert(agrees(static_cast<numerics::Rounding>(code)));
#define SPECIALS(name, code, meaning) static_assert(agrees(static_cast<numerics::Specials>(code)));
#include "models/spec/enumerations.def"

constexpr int kShiftBits = [] {
#define COMMAND_WIDTH(name, code, meaning) [[maybe_unused]] constexpr int name = code;
#include "models/spec/enumerations.def"
  return ShiftBits;
}();
static_assert(kShiftBits == spec::kShiftBits);

}  // namespace
}  // namespace binade::rtl
