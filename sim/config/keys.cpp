// SPDX-License-Identifier: Apache-2.0
#include "sim/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "hw/memory/dram_preset.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/spec/limits.h"
#include "models/spec/words.h"
#include "sim/config/key_makers.h"
#include "sim/config/values.h"

namespace binade::sim {

using namespace key_makers;

namespace {

Words split(std::string_view text) {
  Words words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    auto word = text.substr(begin, end - begin);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    words.emplace_back(word);
    begin = end + 1;
  }
  return words;
}

Key format_key() {
  return {"format",
          "word",
          "",
          "format words, separated by commas (`binade formats`)",
          "number formats to run, one run each",
          [](Settings& s, std::string_view text) {
            auto words = split(text);
            for (const auto& word : words) numerics::parse_format(word);
            set_formats(s, std::move(words));
          },
          [](const Settings& s) { return join(s.formats, ","); }};
}

/// Of one operand of products; `tensors`: what it is.
template <typename Field>
Key operand_format_key(std::string name, Field at, std::string tensors) {
  return {std::move(name),
          "word",
          "",
          "auto, a format word (`binade formats`)",
          "format of " + tensors + "; auto: the key `format`, which sets all operands",
          [=](Settings& s, std::string_view text) {
            if (text != "auto") numerics::parse_format(text);
            at(s) = text;
          },
          [=](const Settings& s) { return at(s); }};
}

constexpr auto kSlowestLane = static_cast<int>(spec::limit_of("core.lane_throughput").most);

Key lane_throughput_key() {
  return {
      "core.lane_throughput",
      "number",
      "outputs per clock per lane",
      fmt::format("1/n for n = 1..{}", kSlowestLane),
      "rate at which a post-processing lane accepts outputs",
      [](Settings& s, std::string_view text) {
        const double throughput = parse_number(text, 1.0 / kSlowestLane, 1.0);
        const double interval = 1.0 / throughput;
        // Decimal reciprocals such as 0.333 stand for 1/3: within half a per cent.
        if (std::abs(interval - std::round(interval)) > 0.005 * interval)
          throw InputError(fmt::format("{} is not 1/n for an integer n; allowed: 1, 0.5, 0.25, 0.2, ... 1/{}", text, kSlowestLane));
        s.platform.core.lane_interval = static_cast<int>(std::lround(interval));
      },
      [](const Settings& s) { return print_number(1.0 / s.platform.core.lane_interval); }};
}

Words preset_names() {
  Words names;
  for (const hw::DramPreset& preset : hw::dram_presets()) names.emplace_back(preset.name);
  return names;
}

std::string preset_devices() {
  Words devices;
  for (const hw::DramPreset& preset : hw::dram_presets()) devices.push_back(fmt::format("{}, {}", preset.name, describe(preset)));
  return join(devices, "; ");
}

Key flex_init_key() {
  return {"flex.init",
          "word",
          "",
          join(words_of(spec::kFlexInitWords), ", "),
          "flex: where the exponent initialisation runs: on the golden model, not counted, or on the device, counted",
          [](Settings& s, std::string_view text) {
            s.flex.init_on_device = parse_word(text, words_of(spec::kFlexInitWords)) == spec::kFlexInitWords[1];
          },
          [](const Settings& s) { return std::string(spec::kFlexInitWords[s.flex.init_on_device ? 1 : 0]); }};
}

Key clock_key() {
  Key key =
      number_key(spec::number_limit_of("clock_ghz"), "GHz", BINADE_FIELD(platform.clock_ghz),
                 "accelerator clock; auto: the fastest of whole picoseconds that the critical path of a calibrated core allows "
                 "(docs/energy.md)");
  key.allowed += ", auto";
  key.set = [number = key.set](Settings& s, std::string_view text) {
    s.clock_of_table = text == kAuto;
    if (s.clock_of_table) return;
    try {
      number(s, text);
    } catch (const InputError& error) {
      throw InputError(std::string(error.what()) + ", auto");
    }
  };
  key.get = [number = key.get](const Settings& s) { return s.clock_of_table ? std::string(kAuto) : number(s); };
  return key;
}

Key posit_underflow_key() {
  return {"posit.underflow",
          "word",
          "",
          join(words_of(spec::kUnderflowWords), ", "),
          "posit: what words without u mean: below minpos is minpos, or what is at most minpos / 2^(2^es) is zero, as with u",
          [](Settings& s, std::string_view text) {
            s.posit_underflow = parse_word(text, words_of(spec::kUnderflowWords)) == spec::kUnderflowWords[1];
          },
          [](const Settings& s) { return std::string(spec::kUnderflowWords[s.posit_underflow ? 1 : 0]); }};
}

Key dataflow_key() {
  std::vector<datapath::Dataflow> values;
  Words titles;
  for (const datapath::DataflowRules* rules : datapath::all_dataflows()) {
    values.push_back(rules->dataflow());
    titles.emplace_back(rules->title());
  }
  return enum_key<datapath::Dataflow>("core.dataflow", values, BINADE_FIELD(platform.core.dataflow), join(titles, " or "));
}

/// Of the machine and of the formats on it.
std::vector<Key> make_keys() {
  using datapath::Edge;
  using datapath::Overlap;
  return {
      format_key(),
      word_key(
          "accumulate", auto_or(spec::kAccumulateWords), BINADE_FIELD(accumulate),
          "accumulation policy; auto: the format's own (exact: posit, dfp, sdfp, fixed; blocked: flex; serial: e<E>m<M>; fp32: "
          "fp32, fp16, bf16, fp8, ieee)"),
      word_key("rounding", auto_or(spec::kRoundingWords), BINADE_FIELD(rounding),
               "rounding of outputs and of serial steps; auto: the format's own (rtz: e<E>m<M>; rne: all others)"),
      operand_format_key("core.format_a", BINADE_FIELD(format_a), "factor A, the activations"),
      operand_format_key("core.format_b", BINADE_FIELD(format_b), "factor B, the weights"),
      operand_format_key("core.format_out", BINADE_FIELD(format_out), "products' results and biases"),
      integer_key(spec::limit_of("core.rows"), "processing elements", BINADE_FIELD(platform.core.rows), "rows of the array"),
      integer_key(spec::limit_of("core.cols"), "processing elements", BINADE_FIELD(platform.core.cols),
                  "columns of the array, each with a lane"),
      dataflow_key(),
      enum_key<Overlap>(
          "core.overlap", {Overlap::None, Overlap::Drain, Overlap::Full}, BINADE_FIELD(platform.core.overlap),
          "what consecutive folds overlap: nothing; draining with the next fold (os only); wavefronts without a bubble"),
      enum_key<Edge>("core.edge", {Edge::Ragged, Edge::Full}, BINADE_FIELD(platform.core.edge),
                     "a fold pays for the rows and columns that it uses, or for all (as SCALE-Sim counts)"),
      integer_key(spec::limit_of("core.pe_latency"), "cycles", BINADE_FIELD(platform.core.pe_latency),
                  "pipeline stages of a processing element, the accumulate stage included"),
      integer_key(spec::limit_of("core.acc_bits"), "bits", BINADE_FIELD(platform.core.accumulate.acc_bits),
                  "accumulator or quire width, LSB kept, saturating, up to the format's full width (docs/formats.md); 0: its "
                  "default width"),
      integer_key(spec::limit_of("core.block"), "products", BINADE_FIELD(platform.core.accumulate.block),
                  "block length of the blocked policy"),
      integer_key(spec::limit_of("core.chain"), "products", BINADE_FIELD(platform.core.accumulate.chain),
                  "length of the exact chains of the chained policy"),
      enum_key<numerics::BiasPosition>("core.bias", {numerics::BiasPosition::Last, numerics::BiasPosition::First},
                                       BINADE_FIELD(platform.core.accumulate.bias),
                                       "a bias is added after the last product, or sums start from it; the same under exact"),
      integer_key(spec::limit_of("core.psum_bytes"), "bytes", BINADE_FIELD(platform.core.psum_bytes),
                  "ws: partial-sum bank, a slice for each column, words of the accumulator's state"),
      lane_throughput_key(),
      integer_key(spec::limit_of("core.lane_latency"), "cycles", BINADE_FIELD(platform.core.lane_latency),
                  "through a lane; charged once per command as overhead"),
      integer_key(spec::limit_of("vector.lanes"), "element operations per cycle", BINADE_FIELD(platform.vector.lanes),
                  "width of the vector unit"),
      integer_key(spec::limit_of("vector.latency_cycles"), "cycles", BINADE_FIELD(platform.vector.latency_cycles),
                  "pipeline depth of the vector unit, once per operation"),
      integer_key(spec::limit_of("scratchpad.a_bytes"), "bytes", BINADE_FIELD(platform.scratchpad.a_bytes),
                  "scratchpad A (activations)"),
      integer_key(spec::limit_of("scratchpad.b_bytes"), "bytes", BINADE_FIELD(platform.scratchpad.b_bytes),
                  "scratchpad B (weights, biases)"),
      integer_key(spec::limit_of("scratchpad.o_bytes"), "bytes", BINADE_FIELD(platform.scratchpad.o_bytes),
                  "scratchpad O (results)"),
      integer_key(spec::limit_of("scratchpad.banks"), "banks", BINADE_FIELD(platform.scratchpad.banks),
                  "banks of each scratchpad, a share of its capacity each; one read and one write a clock each"),
      integer_key(spec::limit_of("scratchpad.bank_bytes"), "bytes", BINADE_FIELD(platform.scratchpad.bank_bytes),
                  "one word of a bank"),
      integer_key(spec::limit_of("bus.bytes_per_cycle"), "bytes per cycle", BINADE_FIELD(platform.bus.bytes_per_cycle),
                  "width of the interconnect's data path"),
      integer_key(spec::limit_of("bus.latency_cycles"), "cycles", BINADE_FIELD(platform.bus.latency_cycles),
                  "request or response through the interconnect"),
      integer_key(spec::limit_of("bus.burst_bytes"), "bytes", BINADE_FIELD(platform.bus.burst_bytes),
                  "longest transaction of an engine"),
      integer_key(spec::limit_of("bus.outstanding"), "transactions", BINADE_FIELD(platform.bus.outstanding),
                  "transactions that an engine may have in flight"),
      word_key("dram.preset", preset_names(), BINADE_FIELD(platform.dram.preset),
               "timing and organisation, from public data sheets: " + preset_devices()),
      integer_key(spec::limit_of("dram.channels"), "channels", BINADE_FIELD(platform.dram.channels),
                  "independent DRAM channels; 0: those of the preset's device"),
      integer_key(spec::limit_of("dram.capacity_bytes"), "bytes", BINADE_FIELD(platform.dram.capacity_bytes), "DRAM size"),
      flag_key("memory.ideal", BINADE_FIELD(platform.memory_ideal),
               "no latency, no bandwidth limit, no capacity limit in DRAM, bus, scratchpads and partial-sum bank"),
      clock_key(),
      integer_key(spec::limit_of("queue_depth"), "descriptors", BINADE_FIELD(platform.queue_depth), "command queue of each engine"),
      posit_underflow_key(),
      word_key("flex.preset", words_of(spec::kFlexPresetWords), BINADE_FIELD(flex.preset), "flex: Autoflex parameters"),
      flex_init_key(),
      integer_key(spec::limit_of("dfp.add_shift"), "bits", BINADE_FIELD(sdfp.add_shift),
                  "dfp, sdfp: headroom: the largest mantissa has so many bits less"),
      sdfp_key(spec::limit_of("sdfp.weights"), BINADE_FIELD(sdfp.weights), "weights and biases"),
      sdfp_key(spec::limit_of("sdfp.activations"), BINADE_FIELD(sdfp.activations), "activations"),
      flag_key("fold_batchnorm", BINADE_FIELD(fold_batchnorm),
               "batch normalisations become part of the convolution or linear layer before them, in binary64, before anything is "
               "quantised"),
  };
}

}  // namespace

bool Key::of_arithmetic() const {
  static constexpr std::string_view kNames[] = {"format",        "accumulate",      "rounding",         "core.format_a",
                                                "core.format_b", "core.format_out", "core.acc_bits",    "core.block",
                                                "core.chain",    "core.bias",       "posit.underflow",  "flex.preset",
                                                "dfp.add_shift", "sdfp.weights",    "sdfp.activations", "fold_batchnorm"};
  return of_training() || std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

const std::vector<Key>& configuration_keys() {
  static const std::vector<Key> keys = [] {
    auto all = make_keys();
    for (auto& key : tiling_keys()) all.push_back(std::move(key));
    for (auto& key : train_keys()) all.push_back(std::move(key));
    return all;
  }();
  return keys;
}

const Key& find_key(std::string_view name) {
  Words names;
  for (const auto& key : configuration_keys()) {
    if (key.name == name) return key;
    names.push_back(key.name);
  }
  throw InputError(fmt::format("unknown key '{}', the nearest is '{}'; allowed: the keys that `binade keys` lists", name,
                               nearest_word(name, names)));
}

std::string keys_markdown() {
  std::string table = "| key | type | unit | default | allowed | meaning |\n|---|---|---|---|---|---|\n";
  for (const auto& key : configuration_keys())
    table += fmt::format("| `{}` | {} | {} | `{}` | {} | {} |\n", key.name, key.type, key.unit, key.default_value(), key.allowed,
                         key.meaning);
  return table;
}

}  // namespace binade::sim
