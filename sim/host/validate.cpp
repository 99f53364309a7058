// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a request, found before anything runs.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/datapath/mode_problem.h"
#include "models/networks/layer_lookup.h"
#include "models/numerics/error.h"
#include "models/programs/layer_execution.h"
#include "models/programs/program.h"
#include "models/spec/words.h"
#include "sim/host/addressed.h"
#include "sim/host/run.h"
#include "sim/host/selection.h"
#include "sim/host/tiling.h"
#include "sim/host/validate_step.h"

namespace binade::sim {

namespace {

constexpr std::size_t kProblemsShown = 20;

std::string text(const std::vector<std::int64_t>& shape) {
  std::string s = "(";
  for (const auto extent : shape) s += (s.size() > 1 ? ", " : "") + std::to_string(extent);
  return s + ")";
}

/// Problems that differ in nothing but the layer or step that they name become one, of the first and so many more.
std::vector<std::string> alike_once(const std::vector<std::string>& problems) {
  struct Alike {
    std::string before, name, after;  ///< name: "layer 'fc'"; empty: there is none
    std::size_t more = 0;
  };
  std::vector<Alike> known;
  for (const std::string& problem : problems) {
    const auto at = std::min(problem.find("layer '"), problem.find("step '"));
    const auto opens = problem.find('\'', std::min(at, problem.size()));
    const auto closes = opens == std::string::npos ? opens : problem.find("':", opens + 1);
    Alike one{problem, {}, {}, 0};
    if (closes != std::string::npos)
      one = {problem.substr(0, at), problem.substr(at, closes + 1 - at), problem.substr(closes + 1), 0};
    const auto same = std::find_if(known.begin(), known.end(), [&](const Alike& other) {
      return !other.name.empty() && other.before == one.before && other.after == one.after;
    });
    if (same == known.end())
      known.push_back(std::move(one));
    else
      ++same->more;
  }
  std::vector<std::string> texts;
  for (const Alike& one : known)
    texts.push_back(one.before + one.name + (one.more > 0 ? " and " + std::to_string(one.more) + " more" : "") + one.after);
  return texts;
}

class Validation {
 public:
  Validation(const RunSpec& request, const CoreReach& reach) : request_(request), reach_(reach), network_(request.network) {}

  void run() {
    for (const std::string& problem : request_.platform.validate()) say(problem);
    for (int mode = 0; mode < mode_count(request_.platform.core); ++mode)
      if (const auto problem = unknown_exponent_problem(mode_of(request_.platform.core, mode)); !problem.empty()) say(problem);
    if (request_.batch < 1) say("batch: " + std::to_string(request_.batch) + "; at least 1");
    if (request_.tiling.search && request_.tiling.extents)
      say("tiling.choice: search, with the one tile that tiling.tile says; allowed: one of the two");
    if (request_.platform.memory_ideal && request_.tiling.extents)
      say("tiling.tile: with memory.ideal, whose products are one tile each; allowed: one of the two");
    check_flex();
    check_inputs();
    std::optional<StepValidation> step;
    if (request_.step)
      step.emplace(request_, reach_, problems_);
    else
      plan();
    if (request_.platform.values) check_parameters();
    check_values_off();
    if (request_.rtl_sample && needs_rtl(request_.core))
      say("--rtl-sample: every tile runs on the RTL with --core " + std::string(to_string(request_.core)) +
          "; allowed: --core fast or cycle");
    if (problems_.empty()) {
      step ? step->check_tiles() : check_tiles();
      problems_ = alike_once(problems_);
    }
    if (problems_.empty()) return;
    std::string message;
    for (std::size_t i = 0; i < std::min(problems_.size(), kProblemsShown); ++i) message += (i > 0 ? "\n" : "") + problems_[i];
    if (problems_.size() > kProblemsShown) message += "\nand " + std::to_string(problems_.size() - kProblemsShown) + " more";
    throw InputError(message);
  }

 private:
  void say(const std::string& problem) { problems_.push_back(problem); }

  void check_flex() {
    std::string allowed;
    for (const std::string_view word : spec::kFlexPresetWords) {
      if (request_.flex.preset == word) return;
      allowed.append(" ").append(word);
    }
    say("flex.preset: '" + request_.flex.preset + "' is unknown; allowed:" + allowed);
  }

  void check_values(const std::string& name, const operations::Tensor& tensor) {
    if (!request_.platform.values || tensor.source != nullptr) return;
    if (static_cast<std::int64_t>(tensor.values.size()) != tensor.elements()) {
      say(name + ": shape " + text(tensor.shape) + " does not fit its " + std::to_string(tensor.values.size()) + " values");
      return;
    }
    const auto bad = std::find_if(tensor.values.begin(), tensor.values.end(), [](double v) { return !std::isfinite(v); });
    if (bad != tensor.values.end())
      say(name + ": element " + std::to_string(bad - tensor.values.begin()) + " is " + (std::isnan(*bad) ? "NaN" : "infinite") +
          "; only finite values are allowed");
  }

  void check_values_off() {
    if (request_.platform.values) return;
    if (request_.core != CoreKind::Fast)
      say("values: none, on core " + std::string(to_string(request_.core)) + ", which computes; allowed: core fast");
    if (request_.flex.init_on_device)
      say("values: none, with flex.init device, whose runs follow from values; allowed: flex.init golden");
    if (request_.rtl_sample) say("values: none, with tiles on the RTL, which computes; allowed: one of the two");
    if (request_.check) say("values: none, with a check of values; allowed: one of the two");
    if (request_.labels) say("values: none, with labels; allowed: one of the two");
  }

  // All of the network's Inputs, or outputs of inner layers.
  void check_inputs() {
    const std::size_t before = problems_.size();
    bool inner = false;
    for (const auto& [name, tensor] : request_.inputs) {
      try {
        const networks::Layer& layer = network_.layers[static_cast<std::size_t>(networks::layer_index(network_, name))];
        inner = inner || layer.op != networks::Op::Input;
        check_input(layer, tensor);
      } catch (const InputError& error) {
        say(error.what());
      }
    }
    if (problems_.size() > before) return;
    for (const int index : input_layers(network_)) {
      const networks::Layer& layer = network_.layers[static_cast<std::size_t>(index)];
      if (!inner && !request_.inputs.contains(layer.name)) check_input(layer, {});
    }
    for (const auto& [name, tensor] : request_.inputs)
      if (tensor.shape[0] != samples_of(request_))
        say("input '" + name + "': " + std::to_string(tensor.shape[0]) + " samples, '" + request_.inputs.begin()->first + "' has " +
            std::to_string(samples_of(request_)) + "; allowed: as many for every input");
    check_labels();
  }

  // Samples first; the rest must be the layer's extents, where extents of 1 may be left out.
  void check_input(const networks::Layer& layer, const operations::Tensor& tensor) {
    const networks::Shape& expected = layer.out;
    const std::vector<std::int64_t>& shape = tensor.shape;
    std::vector<std::int64_t> wanted{expected.channels, expected.height, expected.width}, given;
    std::erase(wanted, 1);
    if (!shape.empty()) given.assign(shape.begin() + 1, shape.end());
    std::erase(given, 1);
    if (shape.empty() || shape[0] < 1 || given != wanted)
      say("input: shape " + text(shape) + " does not fit '" + layer.name + "' of " + network_.name + "; allowed: (samples, " +
          std::to_string(expected.channels) + ", " + std::to_string(expected.height) + ", " + std::to_string(expected.width) + ")");
    else
      check_values(input_layers(network_).size() > 1 ? "input '" + layer.name + "'" : "input", tensor);
  }

  /// Targets of a training step are outputs of the last layer; elsewhere a network says how many of those are classes.
  std::int64_t classes() const { return request_.step ? network_.layers.back().out.elements() : network_.classes; }

  void check_labels() {
    if (!request_.labels) return;
    const std::vector<int>& labels = *request_.labels;
    if (static_cast<std::int64_t>(labels.size()) != samples_of(request_))
      say("labels: " + std::to_string(labels.size()) + " for " + std::to_string(samples_of(request_)) + " samples");
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (labels[i] < 0 || labels[i] >= classes()) {
        say("labels: element " + std::to_string(i) + " is " + std::to_string(labels[i]) + "; allowed: 0 to " +
            std::to_string(classes() - 1));
        return;
      }
  }

  void plan() {
    try {
      program_ = program_of(request_);
    } catch (const InputError& error) {
      say(error.what());
      program_.operations.clear();
      return;
    }
    try {
      selected_ = select(program_, request_.layer_selection);
    } catch (const InputError& error) {
      say("--layers: " + std::string(error.what()));
      program_.operations.clear();
    }
  }

  void check_parameters() {
    std::set<std::string> known;
    for (std::size_t i = 0; i < network_.layers.size(); ++i)
      for (const auto& p : parameter_shapes(network_, static_cast<int>(i))) known.insert(p.name);
    for (const auto& [name, tensor] : request_.parameters)
      if (!known.contains(name) && !name.ends_with(".num_batches_tracked"))
        say("parameters: '" + name + "' belongs to no layer of " + network_.name);
    // A step of training takes every parameter of the network, a forward pass those that it comes to.
    std::vector<std::pair<const networks::Network*, int>> layers;
    for (const programs::Operation& operation : program_.operations) layers.emplace_back(program_.network, operation.layer);
    if (request_.step)
      for (std::size_t i = 0; i < network_.layers.size(); ++i) layers.emplace_back(&network_, static_cast<int>(i));
    for (const auto& [network, layer] : layers)
      for (const networks::ParameterShape& p : parameter_shapes(*network, layer)) {
        const auto found = request_.parameters.find(p.name);
        if (found == request_.parameters.end())
          say("parameters: '" + p.name + "' " + text(p.shape) + " is missing");
        else if (found->second.shape != p.shape)
          say("parameters: '" + p.name + "' has shape " + text(found->second.shape) + "; " + network_.name + " needs " +
              text(p.shape));
        else
          check_values("parameters: '" + p.name + "'", found->second);
      }
  }

  /// The operation's tensors, nowhere yet.
  programs::Work work_of(const programs::Operation& operation) const {
    const auto tensor = [](const numerics::FormatSpec& format) {
      return programs::StoredTensor{.address = 0, .elements = 0, .format = format, .raw_bytes = 0, .magnitude = {}};
    };
    programs::Work work{.mode = operation.mode,
                        .inputs = {},
                        .weight = tensor(operation.mode.format.b),
                        .bias = tensor(operation.mode.format.out),
                        .output = tensor(operation.mode.format.out)};
    for (const int input : operation.inputs)
      work.inputs.push_back(tensor(program_.tensors.at(static_cast<std::size_t>(input)).format));
    return work;
  }

  void check_tiles() {
    const std::int64_t samples = std::min(request_.batch, samples_of(request_));
    for (std::size_t i = 0; i < program_.operations.size(); ++i) {
      if (!selected_[i]) continue;
      const programs::Operation& operation = program_.operations[i];
      const operations::Call call = program_.call(operation, samples, 0);
      const operations::OperationRow& row = operations::row(call.layer);
      const std::string where = "layer '" + call.layer.name + "'";
      hw::PlatformConfig config = request_.platform;
      config.core = datapath::in_mode(config.core, operation.mode);
      programs::Work work = work_of(operation);
      const int raw_bytes = programs::first_pass_bytes(config.core, operation.mode, call, work.inputs);
      const auto check_chunks = [&](std::span<const operations::VectorForm> forms) {
        for (const VectorJob& job : addressed(forms, work)) static_cast<void>(choose_chunk(config, job, where));
      };
      try {
        work.output.raw_bytes = raw_bytes;
        if (row.gemm != nullptr) {
          const GemmForm form = row.gemm(call);
          check_reach(reach_, config.core, form.shape,
                      choose_tile(config, form, where, tiling_to_check(request_, reach_), call.layer.name), where, problems_);
        } else {
          check_chunks(row.vector(call));
        }
        if (raw_bytes == 0) continue;
        work.inputs = {work.output};
        work.output.raw_bytes = 0;
        check_chunks(std::array{requantise_form(call, raw_bytes)});
      } catch (const InputError& error) {
        say(error.what());
      }
    }
  }

  const RunSpec& request_;
  const CoreReach& reach_;
  const networks::Network& network_;
  programs::Program program_;
  std::vector<bool> selected_;  ///< of its operations
  std::vector<std::string> problems_;
};

}  // namespace

std::int64_t samples_of(const RunSpec& request) {
  if (request.inputs.empty() || request.inputs.begin()->second.shape.empty()) return 0;
  return request.inputs.begin()->second.shape[0];
}

void validate(const RunSpec& request, const CoreReach& reach) { Validation(request, reach).run(); }

}  // namespace binade::sim
