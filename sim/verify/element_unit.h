// SPDX-License-Identifier: Apache-2.0
// What units of elements that people have share: a sum of products that the module keeps or passes on, and no module of our own.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "models/datapath/core.h"
#include "sim/verify/element_adder.h"
#include "sim/verify/element_classes.h"
#include "sim/verify/unit.h"

namespace binade::verify {

struct ElementShape {
  ElementShape(const datapath::CoreConfig& config, Overflow sums)
      : formats(config.format), accumulate(config.accumulate), overflow(sums), latency(config.pe_latency) {}

  numerics::OperandFormats formats;
  numerics::AccumulateSpec accumulate;
  Overflow overflow;
  int latency;
  std::size_t reset = 0, enable = 0, load = 0, a = 0, b = 0;  ///< inputs
  std::size_t sum = 0, a_out = 0, b_out = 0, events = 0;      ///< outputs
  ElementClasses classes;

  ElementAdder adder() const { return {formats, accumulate, overflow}; }
};

class ElementModel : public UnitModel {
 protected:
  ElementModel(const ElementShape& shape, std::size_t classes);
  void hit_control(ElementControl control) { hit(element_.classes.control(control)); }
  void hit_operands(numerics::Code a, numerics::Code b);
  void put(const numerics::Events& events, Row& out, Row& care);
  void show_sum(Row& out, Row& care) const;

  ElementAdder adder_;
  std::vector<std::uint64_t> sum_;
  bool known_ = false;  ///< whether the contract says what the sum is

 private:
  const ElementShape& element_;
};

class ElementUnit : public Unit {
 public:
  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override;
  std::uint64_t exhaustive_vectors() const override;

 protected:
  /// Reset and enable.
  void add_controls(ElementShape& shape);
  std::size_t add_operand(std::string name, const numerics::FormatSpec& format);
  /// The sum, both operands passed on, the second by that name, and events.
  void add_outputs(ElementShape& shape, std::string second);
  void add_classes(ElementShape& shape, std::initializer_list<ElementControl> controls, EventSet possible);

 private:
  virtual const ElementShape& element() const = 0;
};

}  // namespace binade::verify
