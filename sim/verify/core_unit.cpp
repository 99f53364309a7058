// SPDX-License-Identifier: Apache-2.0
// The whole core (docs/rtl/core.md) against the cycle core: every pin on every clock, counters and statistics at the end of each
// tile.
#include <array>
#include <map>
#include <utility>

#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"
#include "rtl/cosim/core_ports.h"
#include "rtl/cosim/parameters.h"
#include "rtl/cosim/verilated_core.h"
#include "sim/verify/codes.h"
#include "sim/verify/core_commands.h"
#include "sim/verify/core_shape.h"
#include "sim/verify/float_steps.h"
#include "sim/verify/stall_source.h"
#include "sim/verify/states.h"
#include "sim/verify/units.h"

namespace binade::verify {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::CorePinsIn;
using datapath::CorePinsOut;
using datapath::Edge;
using datapath::Overlap;
using datapath::SteppedCore;
using datapath::TileClocks;

namespace {

enum Class : std::size_t {
  kRowBlocks,
  kColBlocks,
  kRaggedRows,
  kRaggedCols,
  kFoldsOfK,
  kBias,
  kRelu,
  kPartialFirst,
  kPartialMiddle,
  kPartialLast,
  kNone,
  kDrain,
  kFull,
  kEdgeFull,
  kStallA,
  kStallB,
  kStallOut,
  kResetInTile,
  kClasses
};
constexpr std::array<std::string_view, kClasses> kClassNames{"several row blocks",
                                                             "several column blocks",
                                                             "rows out of use",
                                                             "columns out of use",
                                                             "several folds or blocks of k",
                                                             "bias",
                                                             "relu",
                                                             "first part of k",
                                                             "middle part of k",
                                                             "last part of k",
                                                             "overlap none",
                                                             "overlap drain",
                                                             "overlap full",
                                                             "edge full",
                                                             "stall a",
                                                             "stall b",
                                                             "stall out",
                                                             "reset in a tile"};

class CoreModel final : public UnitModel {
 public:
  CoreModel(const CoreShape& shape, std::size_t classes)
      : UnitModel(classes),
        shape_(shape),
        a_(static_cast<std::size_t>(shape.config.rows)),
        b_(static_cast<std::size_t>(shape.config.cols)) {
    active_ = &core(shape.config.overlap, shape.config.edge);
  }

  void clock(const Row& in, Row& out, Row& care) override {
    std::fill(care.begin(), care.end(), 0);
    const bool counted = stats_valid_ && in[shape_.reset] != 0;  // what a reset clears is gone at once
    put(out, care, shape_.bin_count, 64, counted ? bin(in) : 0, counted);
    if (in[shape_.reset] == 0) {
      if (running_) hit(kResetInTile);
      for (auto& [key, one] : cores_) one->reset();
      running_ = stats_valid_ = false;
    } else {
      edge(in);
    }
    put_pins(out, care);
  }

 private:
  SteppedCore& core(Overlap overlap, Edge edge) {
    auto& one = cores_[{overlap, edge}];
    if (!one) {
      CoreConfig config = shape_.config;
      config.overlap = overlap;
      config.edge = edge;
      one = datapath::make_cycle_core(config);
    }
    return *one;
  }

  void edge(const Row& in) {
    CorePinsIn pins;
    const bool takes = in[shape_.command_valid] != 0 && active_->pins().command_ready;
    if (takes) {
      SteppedCore* const next =
          &core(static_cast<Overlap>(in[shape_.overlap]), in[shape_.full_edge] != 0 ? Edge::Full : Edge::Ragged);
      if (next != active_) active_->clock({});  // its done ends
      active_ = next;
      take(in);
    }
    if (in[shape_.command_valid] != 0) pins.command = &command_;
    const numerics::OperandFormats& formats = shape_.config.format;
    const int a_bits = formats.a.bits, b_bits = b_taken_ < bias_vectors_ ? formats.out.bits : formats.b.bits;
    pins.a = in[shape_.a_valid] != 0 ? lanes(in, shape_.a, a_bits, a_bits, a_) : nullptr;
    pins.b = in[shape_.b_valid] != 0 ? lanes(in, shape_.b, rtl::b_lane_bits(formats), b_bits, b_) : nullptr;
    if (pins.b != nullptr && active_->pins().b_ready) ++b_taken_;
    pins.out_ready = in[shape_.out_ready] != 0;
    if (pins.out_ready && active_->pins().out != nullptr && next_out_ < out_cols_.size()) ++next_out_;
    active_->clock(pins);
    if (!active_->pins().done) return;
    running_ = false;
    stats_valid_ = true;
    count_tile();
  }

  void take(const Row& in) {
    for (std::size_t field = 0; field < kFields; ++field) rtl::kCommandFields[field].set(command_, in[shape_.command[field]]);
    running_ = true;
    stats_valid_ = false;
    b_taken_ = 0;
    bias_vectors_ = command_.bias ? (command_.n + shape_.config.cols - 1) / shape_.config.cols : 0;
    out_cols_ = output_columns(shape_.config, command_);
    next_out_ = 0;
  }

  /// Codes of `bits` bits in lanes of `lane_bits`: what a lane has above its code means nothing.
  static const numerics::Code* lanes(const Row& in, std::size_t pin, int lane_bits, int bits, std::vector<numerics::Code>& codes) {
    for (std::size_t lane = 0; lane < codes.size(); ++lane)
      codes[lane] = static_cast<numerics::Code>(field(&in[pin], static_cast<int>(lane) * lane_bits, bits));
    return codes.data();
  }

  std::uint64_t bin(const Row& in) const { return active_->stats().leading_bit[in[shape_.bin]]; }

  static void put(Row& out, Row& care, std::size_t pin, int bits, std::uint64_t value, bool specified = true) {
    out[pin] = value;
    care[pin] = specified ? low_bits(bits) : 0;
  }

  void put_pins(Row& out, Row& care) const {
    const CorePinsOut& pins = active_->pins();
    put(out, care, shape_.command_ready, 1, pins.command_ready);
    put(out, care, shape_.a_ready, 1, pins.a_ready);
    put(out, care, shape_.b_ready, 1, pins.b_ready);
    put(out, care, shape_.out_valid, 1, pins.out != nullptr);
    put(out, care, shape_.done, 1, pins.done);
    if (pins.out != nullptr && next_out_ < out_cols_.size())
      for (int lane = 0; lane < out_cols_[next_out_]; ++lane)
        put(out, care, shape_.out + static_cast<std::size_t>(lane), 64, pins.out[lane]);
    if (!stats_valid_) return;
    for (std::size_t i = 0; i < shape_.clocks.size(); ++i)
      put(out, care, shape_.clocks[i], 64, active_->clocks().*rtl::kClocksPorts[i].field);
    datapath::TileStats stats = active_->stats();
    for (std::size_t i = 0; i < shape_.stats.size(); ++i) put(out, care, shape_.stats[i], 64, rtl::kStatsPorts[i].field(stats));
  }

  void count_tile() {
    const CoreConfig& config = active_->config();
    const TileClocks& clocks = active_->clocks();
    const datapath::DataflowRules& rules = shape_.rules();
    const std::int64_t fold_k = rules.rows_axis() == datapath::Axis::K ? config.rows : config.accumulate.block;
    const std::int64_t row_fold = extent(command_, rules.rows_axis());
    const std::pair<bool, Class> classes[] = {
        {rules.rows_axis() == datapath::Axis::M && command_.m > config.rows, kRowBlocks},
        {command_.n > config.cols, kColBlocks},
        {row_fold % config.rows != 0, kRaggedRows},
        {command_.n % config.cols != 0, kRaggedCols},
        {command_.k > fold_k, kFoldsOfK},
        {command_.bias, kBias},
        {command_.relu, kRelu},
        {command_.first_k && !command_.last_k, kPartialFirst},
        {!command_.first_k && !command_.last_k, kPartialMiddle},
        {!command_.first_k && command_.last_k, kPartialLast},
        {config.overlap == Overlap::None, kNone},
        {config.overlap == Overlap::Drain, kDrain},
        {config.overlap == Overlap::Full, kFull},
        {config.edge == Edge::Full, kEdgeFull},
        {clocks.stall_a != 0, kStallA},
        {clocks.stall_b != 0, kStallB},
        {clocks.stall_out != 0, kStallOut},
    };
    for (const auto& [hits, index] : classes)
      if (hits) hit(index);
    events_ += active_->stats().events;
    shape_.event_classes.count(active_->stats().events, hits_);
  }

  const CoreShape& shape_;
  std::map<std::pair<Overlap, Edge>, std::unique_ptr<SteppedCore>> cores_;  ///< overlap and edge are a command's
  SteppedCore* active_ = nullptr;
  CoreCommand command_;
  std::vector<numerics::Code> a_, b_;
  std::vector<int> out_cols_;  ///< lanes in use of each output vector
  std::size_t next_out_ = 0;
  std::int64_t b_taken_ = 0, bias_vectors_ = 0;  ///< of the B stream: biases come first
  bool running_ = false, stats_valid_ = false;
};

class CoreStimulus final : public Stimulus {
 public:
  CoreStimulus(const CoreShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        commands_(shape.config, psum_rows(shape.config), draw_.bits()),
        a_moves_(block.stalls, draw_.bits()),
        b_moves_(block.stalls, draw_.bits()),
        out_moves_(block.stalls, draw_.bits()),
        a_codes_(shape.config.format.a),
        b_codes_(shape.config.format.b),
        biases_(shape.config.format.out) {
    constexpr std::uint64_t kClocks = 200;
    reset_in_ = draw_.one_in(3) ? 1 + draw_.below(kClocks) : 0;
  }

  bool next(Row& in, const Row& outputs) override {
    if (phase_ == Phase::Reset) {
      std::fill(in.begin(), in.end(), 0);
      phase_ = Phase::Command;
      return true;
    }
    in[shape_.reset] = 1;
    if (reset_in_ != 0 && --reset_in_ == 0) {
      // In the middle of whatever is going on; sums kept for a next part are lost.
      in[shape_.reset] = 0;
      commands_.restart();
      phase_ = Phase::Command;
      return true;
    }
    if (phase_ == Phase::Run && outputs[shape_.done] != 0) phase_ = Phase::Read;
    switch (phase_) {
      case Phase::Command:
        if (vectors_ == block_.vectors) return false;
        ++vectors_;
        put_command(in);
        phase_ = Phase::Run;
        break;
      case Phase::Read: {
        // The histogram, bin by bin, as the platform reads it.
        constexpr std::uint64_t kBins = 64;
        in[shape_.bin] = bin_;
        if (++bin_ == kBins || !stores_raw(shape_.config)) {
          bin_ = 0;
          phase_ = Phase::Command;
        }
        [[fallthrough]];
      }
      default:
        in[shape_.command_valid] = 0;
        break;
    }
    const numerics::OperandFormats& formats = shape_.config.format;
    put_stream(in, shape_.a_valid, shape_.a, shape_.config.rows, formats.a.bits, a_moves_, outputs[shape_.a_ready] != 0,
               [&] { return std::uint64_t{a_codes_.draw(draw_)}; });
    put_stream(in, shape_.b_valid, shape_.b, shape_.config.cols, rtl::b_lane_bits(formats), b_moves_, outputs[shape_.b_ready] != 0,
               [&] { return draw_b(); });
    in[shape_.out_ready] = out_moves_.moves() ? 1 : 0;
    return true;
  }

 private:
  enum class Phase : std::uint8_t { Reset, Command, Run, Read };

  void put_command(Row& in) {
    const CommandStream::Draw next = commands_.next();
    in[shape_.command_valid] = 1;
    for (std::size_t field = 0; field < kFields; ++field)
      in[shape_.command[field]] = rtl::kCommandFields[field].get(next.command) & low_bits(rtl::kCommandFields[field].bits);
    in[shape_.overlap] = static_cast<std::uint64_t>(next.overlap);
    in[shape_.full_edge] = next.edge == Edge::Full ? 1 : 0;
  }

  /// An element or a bias: what a vector will be is not known when it is drawn. Anything may lie above it in its lane.
  std::uint64_t draw_b() {
    const numerics::OperandFormats& formats = shape_.config.format;
    if (formats.b == formats.out) return b_codes_.draw(draw_);
    const bool element = draw_.one_in(2);
    const int bits = element ? formats.b.bits : formats.out.bits;
    return draw_.bits() << bits | (element ? b_codes_ : biases_).draw(draw_);
  }

  /// A vector stays until it is taken; valid may come and go.
  template <class DrawLane>
  void put_stream(Row& in, std::size_t valid, std::size_t pin, int count, int bits, StallSource& moves, bool was_ready,
                  DrawLane draw_lane) {
    const bool taken = in[valid] != 0 && was_ready;
    if (taken || !filled_[pin]) {
      filled_[pin] = true;
      std::fill_n(&in[pin], static_cast<std::size_t>(count * bits + 63) / 64, 0);
      for (int lane = 0; lane < count; ++lane) set_field(&in[pin], lane * bits, bits, draw_lane());
    }
    in[valid] = moves.moves() ? 1 : 0;
  }

  const CoreShape& shape_;
  const Block block_;
  Draw draw_;
  CommandStream commands_;
  StallSource a_moves_, b_moves_, out_moves_;
  CodeSource a_codes_, b_codes_, biases_;
  Phase phase_ = Phase::Reset;
  std::uint64_t reset_in_ = 0, bin_ = 0;
  std::map<std::size_t, bool> filled_;  ///< by pin: a vector is on it
};

/// What the roundings of outputs do to sums of a tile's products.
EventSet reachable_output_events(const CoreConfig& config) {
  if (stores_raw(config)) return 0;
  const numerics::OperandFormats& formats = config.format;
  EventSet events = output_events(formats, config.accumulate);
  // An output toward zero does not overflow but saturates; otherwise it is the other way round.
  if (formats.integers_to_float()) events &= ~(config.accumulate.rounding == numerics::Rounding::Rtz ? kOverflow : kSaturation);
  if (!adds_floats(formats, config.accumulate)) return events;
  // Small factors, a wide output: K products, K < 2^31, beside any bias.
  constexpr int kMostTerms = 31;
  if (lsb_of(formats.a) + lsb_of(formats.b) >= lsb_of(formats.out)) events &= ~kUnderflow;
  const int largest = max_scale_of(formats.a) + max_scale_of(formats.b) + 2 + kMostTerms;
  if (largest < max_scale_of(formats.out) - formats.out.fraction_bits - 1) events &= ~(kOverflow | kSaturation);
  return events;
}

EventSet reachable_events(const CoreConfig& config) {
  EventSet steps = step_events(config.format, config.accumulate);
  // A whole quire has room for more products than a tile has.
  if (config.format.a.family == numerics::Family::Posit && config.accumulate.acc_bits == 0) steps &= ~kOverflow;
  return steps | reachable_output_events(config);
}

class CoreUnit final : public Unit {
 public:
  explicit CoreUnit(const CoreConfig& config) {
    name_ = "core";
    shape_.config = config;
    shape_.reset = inputs_.add("rst_ni", 1);
    shape_.command_valid = inputs_.add("command_valid_i", 1);
    for (std::size_t field = 0; field < kFields; ++field)
      shape_.command[field] = inputs_.add(rtl::kCommandFields[field].name, rtl::kCommandFields[field].bits);
    shape_.overlap = inputs_.add("overlap_i", 2);
    shape_.full_edge = inputs_.add("full_edge_i", 1);
    shape_.a_valid = inputs_.add("a_valid_i", 1);
    shape_.a = inputs_.add("a_i", config.rows * config.format.a.bits);
    shape_.b_valid = inputs_.add("b_valid_i", 1);
    shape_.b = inputs_.add("b_i", config.cols * rtl::b_lane_bits(config.format));
    shape_.out_ready = inputs_.add("out_ready_i", 1);
    shape_.bin = inputs_.add("bin_i", 6);
    shape_.command_ready = outputs_.add("command_ready_o", 1);
    shape_.a_ready = outputs_.add("a_ready_o", 1);
    shape_.b_ready = outputs_.add("b_ready_o", 1);
    shape_.out_valid = outputs_.add("out_valid_o", 1);
    shape_.out = outputs_.add("out_o", config.cols * 64);
    shape_.done = outputs_.add("done_o", 1);
    for (std::size_t i = 0; i < shape_.clocks.size(); ++i) shape_.clocks[i] = outputs_.add(rtl::kClocksPorts[i].name, 64);
    for (std::size_t i = 0; i < shape_.stats.size(); ++i) shape_.stats[i] = outputs_.add(rtl::kStatsPorts[i].name, 64);
    shape_.bin_count = outputs_.add("bin_count_o", 64, true);
    for (const auto name : kClassNames) classes_.emplace_back(name);
    if (shape_.rules().rows_axis() != datapath::Axis::M) classes_[kRowBlocks].clear();
    if (!shape_.rules().overlaps_by(Overlap::Drain)) classes_[kDrain].clear();
    shape_.event_classes = EventClasses(classes_, reachable_events(config));
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override { return rtl::core_module(cache, shape_.config); }
  std::uint64_t random_vectors() const override { return tiles_in_seconds(shape_.config, kTilesOf4x4); }
  std::uint64_t corner_vectors() const override { return kTiles; }
  std::uint64_t block_vectors() const override { return 10; }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<CoreModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<CoreStimulus>(shape_, block);
  }
  OperandItems items_of(const programs::ProductOperands& operands) const override { return core_items_of(shape_, operands); }
  std::unique_ptr<Stimulus> make_operand_stimulus(const OperandBlock& block) const override {
    return make_core_operand_stimulus(shape_, block);
  }
  std::uint64_t operand_block_vectors() const override { return block_vectors(); }

 private:
  static constexpr std::uint64_t kTiles = 500, kTilesOf4x4 = 1500;

  CoreShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_core_unit(const CoreConfig& config) { return std::make_unique<CoreUnit>(config); }

}  // namespace binade::verify
