// SPDX-License-Identifier: Apache-2.0
#include "sim/host/run_formats.h"

#include <algorithm>

#include "sim/host/run_energy.h"
#include "sim/host/run_spec.h"
#include "sim/host/step_program.h"

namespace binade::sim {
namespace {

// To words that are there once each.
void add_word(std::string& words, std::string_view word) {
  const std::string all = "+" + words + "+";
  if (all.find("+" + std::string(word) + "+") != std::string::npos) return;
  words.append(words.empty() ? "" : "+").append(word);
}

}  // namespace

std::vector<std::string> given_names(const RunSpec& request) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : request.inputs) names.push_back(name);
  return names;
}

programs::Program program_of(const RunSpec& request) {
  const programs::Program program = programs::forward(request.network, given_names(request));
  return with_formats(program, request.formats ? *request.formats : programs::choice_of(request.platform.core));
}

void complete_platform(RunSpec& request) {
  std::vector<datapath::CoreMode> modes;
  if (request.step) {
    const StepProgram step(request);
    modes = step.core_modes();
    request.platform.further_formats = step.element_formats();
  } else {
    const programs::Program program = program_of(request);
    modes = core_modes(program);
    request.platform.further_formats = element_formats(program);
  }
  datapath::CoreConfig& core = request.platform.core;
  if (!modes.empty()) {
    core.format = modes.front().format;
    core.accumulate = modes.front().accumulate;
    core.further_modes.assign(modes.begin() + 1, modes.end());
  }
  const auto own = [&core](const operations::ElementFormat& format) {
    return format == operations::ElementFormat{core.format.out, core.accumulate.rounding};
  };
  std::erase_if(request.platform.further_formats, own);  // what the table starts with
  request.platform.operand_sums = wants_operand_sums(request);
  if (request.clock_of_table) request.platform.clock_ghz = clock_ghz_of_table(request);
}

void say_formats(const programs::Operation& operation, const programs::Work& work, LayerReport& report) {
  const datapath::CoreMode& mode = operation.mode;
  report.format_a = to_string(mode.format.a);
  if (work.inputs.size() > 1)
    report.format_b = to_string(work.inputs[1].format);
  else if (work.weight.address >= 0)
    report.format_b = to_string(mode.format.b);
  report.format_out = to_string(mode.format.out);
  if (report.k > 0) report.accumulate = to_string(mode.accumulate.policy);
  report.rounding = to_string(mode.accumulate.rounding);
}

void say_formats(const std::optional<programs::FormatChoice>& choice, const datapath::CoreConfig& core, RunReport& report) {
  // Without a recipe: the one format, or those of the operands where they are said apart.
  report.format = to_string(core.format);
  if (choice && !choice->recipe.name.empty())
    report.format = choice->recipe.name;
  else if (choice && !choice->out)
    report.format = to_string(choice->format);
  for (int index = 0; index < mode_count(core); ++index) {
    const datapath::CoreMode mode = mode_of(core, index);
    add_word(report.datapath, to_string(datapath::datapath_of(mode.format)));
    add_word(report.accumulate, to_string(mode.accumulate.policy));
    add_word(report.rounding, to_string(mode.accumulate.rounding));
  }
}

}  // namespace binade::sim
