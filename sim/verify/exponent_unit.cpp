// SPDX-License-Identifier: Apache-2.0
// exponent_unit (docs/rtl/exponent_unit.md): statistics on every clock, predictions and biases whenever the unit has them.
#include "sim/verify/exponent_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "models/exponent/autoflex.h"
#include "models/exponent/dfp.h"
#include "models/exponent/sdfp.h"
#include "models/numerics/error.h"
#include "rtl/cosim/parameters.h"
#include "sim/verify/units.h"

namespace binade::verify {
namespace {

enum ExponentClass : std::size_t {
  kStreams,
  kZeroTensor,
  kOverflows,
  kRecords,
  kPredicts,
  kFullHistory,
  kInfrequent,
  kUnchanged,
  kClampedLow,
  kClampedHigh,
  kInside,
  kBiases,  // 0, -1, -2, -3
  kResets = kBiases + 4,
  kClasses
};
constexpr std::array<std::string_view, kClasses> kClassNames{
    "vector",          "zero tensor",      "overflow",         "record", "predict", "full history", "infrequent", "nothing new",
    "lowest exponent", "highest exponent", "exponent between", "bias 0", "bias -1", "bias -2",      "bias -3",    "reset"};

class ExponentModel final : public UnitModel {
 public:
  ExponentModel(const ExponentShape& shape) : UnitModel(kClasses), shape_(shape) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const ExponentPins& pins = shape_.pins;
    std::fill(care.begin(), care.end(), ~std::uint64_t{0});
    const bool reset = in[pins.reset] == 0;
    if (tensors_.empty()) start(in);
    if (reset) {
      hit(kResets);
      // Asynchronous: the counters are empty before the edge.
      start(in);
    }
    const bool busy = waiting_ != Waiting::Nothing || closing_;
    const bool predicting = waiting_ == Waiting::Prediction;
    out[pins.bin_count] = histogram_[in[pins.bin]];
    if (busy) care[pins.bin_count] = 0;
    out[pins.overflow_out] = out[pins.predicted] = out[pins.chosen] = out[pins.busy] = 0;
    closing_ = false;
    if (!reset) {
      if (!busy) operate(in, out);
      count(in);
    }
    if (!predicting && in[pins.tensor] != told_tensor_) told_ = false;
    out[pins.max_abs] = max_abs_;
    out[pins.overflows] = overflows_;
    out[pins.dfp_shift] =
        static_cast<std::uint64_t>(exponent::dfp_exponent(max_abs_, 0, shape_.format.bits)) & low_bits(kExponentBits);
    write_results(out, care);
  }

  void observe(const Row& got, Row& out, Row& care) override {
    const ExponentPins& pins = shape_.pins;
    if (waiting_ == Waiting::Nothing) return;
    const bool late = ++waited_ > ExponentShape::kLongestWait;
    out[pins.busy] = 1;
    if (waiting_ == Waiting::Prediction && (late || got[pins.busy] == 0)) {
      out[pins.busy] = 0;
      out[pins.predicted] = 1;
      predict();
    } else if (waiting_ == Waiting::Choice && (late || got[pins.chosen] != 0)) {
      out[pins.chosen] = 1;
      closing_ = true;  // busy for this clock yet
      waiting_ = Waiting::Nothing;
      chosen_ = exponent::choose_sdfp_bias(histogram_, shape_.format.bits);
      hit(kBiases + static_cast<std::size_t>(-*chosen_));
    }
    write_results(out, care);
  }

 private:
  enum class Waiting : std::uint8_t { Nothing, Prediction, Choice };
  static constexpr int kExponentBits = 8, kBiasBits = 3;

  void start(const Row& in) {
    tensors_.assign(ExponentShape::kTensors, exponent::Autoflex(shape_.parameters(in), 0));
    max_abs_ = overflows_ = 0;
    histogram_ = {};
    waiting_ = Waiting::Nothing;
    closing_ = told_ = false;
    chosen_.reset();
  }

  /// The Autoflex and bias operations of a clock on which the unit is not busy.
  void operate(const Row& in, Row& out) {
    const ExponentPins& pins = shape_.pins;
    exponent::Autoflex& tensor = tensors_[in[pins.tensor]];
    if (in[pins.init] != 0 || in[pins.record] != 0 || in[pins.predict] != 0) told_ = false;
    if (in[pins.init] != 0) tensor = exponent::Autoflex(shape_.parameters(in), static_cast<std::int8_t>(in[pins.exponent]));
    if (in[pins.record] != 0) {
      hit(kRecords);
      const std::uint64_t before = tensor.overflows();
      tensor.record(max_abs_ & low_bits(shape_.format.bits));
      out[pins.overflow_out] = tensor.overflows() != before ? 1 : 0;
      if (tensor.overflows() != before) hit(kOverflows);
      fresh_[in[pins.tensor]] = true;
    }
    if (in[pins.predict] != 0) {
      tensor.set_parameters(shape_.parameters(in));
      waiting_ = Waiting::Prediction;
      told_tensor_ = in[pins.tensor];
      infrequent_ = in[pins.infrequent] != 0;
      waited_ = 0;
    }
    if (in[pins.choose] != 0) {
      waiting_ = Waiting::Choice;
      chosen_.reset();
      waited_ = 0;
    }
  }

  void predict() {
    exponent::Autoflex& tensor = tensors_[told_tensor_];
    hit(kPredicts);
    if (infrequent_) hit(kInfrequent);
    if (!fresh_[told_tensor_]) hit(kUnchanged);
    fresh_[told_tensor_] = false;
    if (tensor.history().size() == static_cast<std::size_t>(tensor.parameters().window)) hit(kFullHistory);
    predicted_ = tensor.predict(infrequent_ ? ExponentShape::kOldAge : 0);
    hit(predicted_ == tensor.parameters().min_exponent   ? kClampedLow
        : predicted_ == tensor.parameters().max_exponent ? kClampedHigh
                                                         : kInside);
    told_ = true;
    waiting_ = Waiting::Nothing;
  }

  void count(const Row& in) {
    const ExponentPins& pins = shape_.pins;
    if (in[pins.clear] != 0) {
      if (max_abs_ == 0) hit(kZeroTensor);
      max_abs_ = overflows_ = 0;
      histogram_ = {};
      return;
    }
    if (in[pins.valid] == 0) return;
    hit(kStreams);
    for (int lane = 0; lane < shape_.lanes; ++lane) {
      if (field(&in[pins.lane], lane, 1) == 0) continue;
      const std::uint64_t magnitude = field(&in[pins.magnitude], lane * shape_.magnitude_bits, shape_.magnitude_bits);
      max_abs_ = std::max(max_abs_, magnitude);
      overflows_ += field(&in[pins.overflow], lane, 1);
      if (in[pins.histogram] != 0 && magnitude != 0) ++histogram_[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
    }
  }

  /// The prediction stands while no operation follows and its tensor is named, the bias until the next choice.
  void write_results(Row& out, Row& care) const {
    const ExponentPins& pins = shape_.pins;
    out[pins.exponent_out] = static_cast<std::uint64_t>(predicted_) & low_bits(kExponentBits);
    care[pins.exponent_out] = told_ ? ~std::uint64_t{0} : 0;
    out[pins.bias] = static_cast<std::uint64_t>(chosen_.value_or(0)) & low_bits(kBiasBits);
    care[pins.bias] = chosen_ ? ~std::uint64_t{0} : 0;
  }

  const ExponentShape& shape_;
  std::vector<exponent::Autoflex> tensors_;
  std::array<bool, ExponentShape::kTensors> fresh_{};  ///< recorded since the last prediction
  std::uint64_t max_abs_ = 0, overflows_ = 0;
  exponent::LeadingBitHistogram histogram_{};
  Waiting waiting_ = Waiting::Nothing;
  bool closing_ = false;  ///< the choice was told on the last clock, on which the unit is still busy
  int waited_ = 0;
  std::uint64_t told_tensor_ = 0;
  bool infrequent_ = false, told_ = false;
  int predicted_ = 0;
  std::optional<int> chosen_;
};

class ExponentUnit final : public Unit {
 public:
  explicit ExponentUnit(const datapath::CoreConfig& config) : config_(config) {
    constexpr int kLeastBits = 4, kMostBits = 24;
    const numerics::FormatSpec& format = shape_.format = config.format.common();
    if (!format.shared_exponent() || format.bits < kLeastBits || format.bits > kMostBits)
      throw InputError(fmt::format("verify: exponent_unit has no {}; allowed there: flex dfp sdfp fixed of {} to {} bits",
                                   to_string(format), kLeastBits, kMostBits));
    name_ = "exponent_unit";
    shape_.lanes = config.cols;
    shape_.magnitude_bits = stores_raw(config) ? numerics::accumulator_bits(format, config.accumulate) : format.bits;
    ExponentPins& pins = shape_.pins;
    const int bits = shape_.magnitude_bits;
    pins.reset = inputs_.add("rst_ni", 1);
    pins.clear = inputs_.add("clear_i", 1);
    pins.valid = inputs_.add("valid_i", 1);
    pins.lane = inputs_.add("lane_i", shape_.lanes);
    pins.magnitude = inputs_.add("magnitude_i", shape_.lanes * bits);
    pins.overflow = inputs_.add("overflow_i", shape_.lanes);
    pins.histogram = inputs_.add("histogram_i", 1);
    pins.bin = inputs_.add("bin_i", 6);
    pins.alpha = inputs_.add("alpha_i", 19);
    pins.beta = inputs_.add("beta_i", 19);
    pins.gamma = inputs_.add("gamma_i", 24);
    pins.tensor = inputs_.add("tensor_i", std::bit_width(unsigned{ExponentShape::kTensors - 1}));
    pins.init = inputs_.add("init_i", 1);
    pins.exponent = inputs_.add("exponent_i", 8);
    pins.record = inputs_.add("record_i", 1);
    pins.predict = inputs_.add("predict_i", 1);
    pins.infrequent = inputs_.add("infrequent_i", 1);
    pins.choose = inputs_.add("choose_i", 1);
    pins.max_abs = outputs_.add("max_abs_o", bits);
    pins.overflows = outputs_.add("overflows_o", shape_.count_bits());
    pins.bin_count = outputs_.add("bin_count_o", shape_.count_bits(), true);
    pins.overflow_out = outputs_.add("overflow_o", 1);
    pins.predicted = outputs_.add("predicted_o", 1);
    pins.exponent_out = outputs_.add("exponent_o", 8);
    pins.chosen = outputs_.add("chosen_o", 1);
    pins.bias = outputs_.add("bias_o", 3);
    pins.dfp_shift = outputs_.add("dfp_shift_o", 8);
    pins.busy = outputs_.add("busy_o", 1);
    for (const auto name : kClassNames) classes_.emplace_back(name);
    if (!shape_.has_biases()) std::fill_n(classes_.begin() + kBiases + 1, 3, "");
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override {
    return {.top = name_, .sources = cache.own_sources(), .parameters = rtl::exponent_parameters(config_)};
  }
  std::uint64_t corner_vectors() const override { return kOperations; }
  std::uint64_t random_vectors() const override { return kRandomOperations; }
  /// Long enough for histories that have gone round several times.
  std::uint64_t block_vectors() const override { return 300; }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<ExponentModel>(shape_); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override { return make_exponent_stimulus(shape_, block); }

 private:
  static constexpr std::uint64_t kOperations = 3000;
  static constexpr std::uint64_t kRandomOperations = 5000;  // some 20 s on one core
  const datapath::CoreConfig config_;
  ExponentShape shape_;
};

}  // namespace

exponent::AutoflexParameters ExponentShape::parameters(const Row& in) const {
  const auto fixed = [&](std::size_t pin) { return static_cast<double>(in[pin]) / 256; };
  exponent::AutoflexParameters parameters;
  parameters.bits = format.bits;
  parameters.alpha = std::max(fixed(pins.alpha), 1.0 / 256);
  parameters.beta = fixed(pins.beta);
  parameters.gamma = fixed(pins.gamma);
  parameters.infrequent_rule = true;
  return parameters;
}

std::unique_ptr<Unit> make_exponent_unit(const datapath::CoreConfig& config) { return std::make_unique<ExponentUnit>(config); }

}  // namespace binade::verify
