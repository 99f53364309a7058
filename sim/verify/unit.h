// SPDX-License-Identifier: Apache-2.0
// What can be verified: a module's pins, its golden model at the pins, and the stimuli that exercise it. The engine knows no more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/datapath/core_config.h"
#include "rtl/cosim/module_cache.h"
#include "sim/verify/pins.h"

namespace binade::programs {
class ProductOperands;
}

namespace binade::verify {

struct OperandBlock;
struct OperandItems;
struct OperationOptions;

enum class StimulusKind : std::uint8_t { Corner, Random, Exhaustive };
enum class Stalls : std::uint8_t { None, Bursty, Random };

/// Golden model: the outputs of one clock from its inputs and what came before.
class UnitModel {
 public:
  virtual ~UnitModel() = default;
  /// Fills `out`, and `care` with the bits that are specified. Registered outputs are those after the edge.
  virtual void clock(const Row& in, Row& out, Row& care) = 0;
  /// Where the contract leaves the module the clock of a result: called after the edge with the module's registered outputs, to
  /// complete the expected ones. The wait is bounded: a module that never answers is a mismatch.
  virtual void observe(const Row& /*got*/, Row& /*out*/, Row& /*care*/) {}
  /// The same before the edge, with the combinational outputs.
  virtual void settle(const Row& /*got*/, Row& /*out*/, Row& /*care*/) {}
  /// The inputs that the outputs compared last are the result of, where they are not those of the same clock; null: they are.
  virtual const Row* judged() const { return nullptr; }
  /// Whether it is compared for the last time: a result that waits is compared on every clock.
  virtual bool judged_last() const { return true; }
  /// More about what is compared last, such as that it came too late; empty: nothing.
  virtual std::string remark() const { return {}; }

  /// Counts of the unit's classes so far, in the order of Unit::classes().
  virtual const std::vector<std::uint64_t>& hits() const { return hits_; }
  /// Numeric events so far.
  virtual const numerics::Events& events() const { return events_; }

 protected:
  explicit UnitModel(std::size_t classes) : hits_(classes) {}
  void hit(std::size_t index) { ++hits_[index]; }
  std::vector<std::uint64_t> hits_;
  numerics::Events events_;
};

/// The inputs of one block, clock by clock. A block starts with a reset (units that have one) and depends on its seed only.
class Stimulus {
 public:
  virtual ~Stimulus() = default;
  /// The next clock's inputs; `outputs` are the expected ones of the last. False: the block is over.
  virtual bool next(Row& in, const Row& outputs) = 0;
  /// Operations given so far: operand pairs, elements, codes, tiles.
  std::uint64_t vectors() const { return vectors_; }

 protected:
  std::uint64_t vectors_ = 0;
};

/// `vectors` operations from index `first` of the whole run on.
struct Block {
  StimulusKind kind = StimulusKind::Random;
  Stalls stalls = Stalls::None;
  std::uint64_t first = 0, vectors = 0;
  std::uint64_t seed = 0;  ///< of this block
};

/// Whether a module has a pin of the unit.
using PinLookup = std::function<bool(std::string_view)>;

/// What a coverage class takes of a module: that an input can be of that value.
struct ClassNeed {
  std::string pin;
  std::uint64_t value = 0;
};

class Unit {
 public:
  virtual ~Unit() = default;

  std::string_view name() const { return name_; }
  const Pins& inputs() const { return inputs_; }
  const Pins& outputs() const { return outputs_; }
  /// Names of the functional coverage classes.
  const std::vector<std::string>& classes() const { return classes_; }
  /// Of those classes, by index, that not every module can show.
  const std::map<std::size_t, ClassNeed>& needs() const { return needs_; }
  /// Why a module with these pins alone could not be judged; empty: it can.
  virtual std::string unusable(const PinLookup& /*has*/) const { return {}; }
  /// False: combinational, one evaluation a row.
  bool clocked() const { return clocked_; }
  /// Our module of this unit.
  virtual rtl::ModuleSpec module(const rtl::ModuleCache& cache) const = 0;
  /// The exact result of these inputs and how it was rounded, as text; empty: nothing to say.
  virtual std::string explain(const Row& /*in*/) const { return {}; }
  /// The unit that judges one row of inputs at a time, and answers in its clock; null: this one has a state.
  virtual const Unit* timeless() const { return clocked_ ? nullptr : this; }
  /// Operations of an exhaustive run; 0 = there is none (too many).
  virtual std::uint64_t exhaustive_vectors() const { return 0; }
  /// Operations of a corner run.
  virtual std::uint64_t corner_vectors() const = 0;
  /// Operations of a random run unless the user says otherwise: what takes seconds.
  virtual std::uint64_t random_vectors() const { return 1'000'000; }
  /// Largest block that makes sense.
  virtual std::uint64_t block_vectors() const { return 4096; }
  virtual std::unique_ptr<UnitModel> make_model() const = 0;
  virtual std::unique_ptr<Stimulus> make_stimulus(const Block& block) const = 0;

  // Operands of matrix products (operand_stream.h), of units that take them.
  /// None of others, whose make_operand_stimulus() is never called.
  virtual OperandItems items_of(const programs::ProductOperands& operands) const;
  virtual std::unique_ptr<Stimulus> make_operand_stimulus(const OperandBlock& block) const;
  /// Operations of a block, which is one product's.
  virtual std::uint64_t operand_block_vectors() const { return 4096; }

 protected:
  std::string name_;
  Pins inputs_, outputs_;
  std::vector<std::string> classes_;
  std::map<std::size_t, ClassNeed> needs_;
  bool clocked_ = true;

  /// Notes what the class of that name takes; nothing where there is none.
  void need(std::string_view name, std::string pin, std::uint64_t value);
};

/// Names of all units, and which of them a format has.
const std::vector<std::string>& unit_names();
/// Those that take operands of products.
std::vector<std::string> operand_unit_names();
/// The unit of a lane: dfp_float_lane where integer sums leave as a float, else the datapath's.
std::string lane_of(const numerics::OperandFormats& formats);
/// Throws InputError where there is no such unit, or the unit does not serve the format, policy or sizes.
/// `config`: format, policy, rounding; PE latency; array and core sizes, dataflow, lane interval. `options`: of single operations.
std::unique_ptr<Unit> make_unit(std::string_view name, const datapath::CoreConfig& config, const OperationOptions& options);
std::unique_ptr<Unit> make_unit(std::string_view name, const datapath::CoreConfig& config);

}  // namespace binade::verify
