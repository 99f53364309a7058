// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/eval_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "models/numerics/format_words.h"
#include "models/spec/words.h"
#include "sim/cli/error_output.h"
#include "sim/cli/eval_lines.h"
#include "sim/cli/eval_npy.h"
#include "sim/cli/option_words.h"

namespace binade::sim {
namespace {

constexpr const char* kInput =
    "Reads one operation a line from standard input, prints one result a line (docs/eval.md).\n"
    "Codes are 0x hex; numbers are decimal or C hexfloat, inf, nan, NaR.\n\n";
constexpr const char* kExamples = R"(
Examples:
  echo 0.1 | binade eval posit8 encode
  echo 0x40 0x33 | binade eval posit8 add --round rtz
  echo 0x25 | binade eval posit8 decode | binade eval fp8e4m3 encode
  echo 1 -0.5 0.3 | binade eval dfp8 quantize
  binade eval posit16 encode --npy values.npy codes.npy --events
  seq 1 9 | binade eval flex16+5 autoflex --init)";

}  // namespace

void add_eval_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("eval", "Bit-level calculator: one operation a line on standard input");
  const auto options = std::make_shared<EvalOptions>();
  command->add_option("FORMAT", options->format, "Format word; see `binade formats`")->required();
  command->add_option("OP", options->operation, eval_operation_words())->required();
  command->add_option("--round", options->rounding, help_of(spec::kRoundingWords) + "; default: the format's");
  command->add_option("--underflow", options->underflow, "posits: " + help_of(spec::kUnderflowWords) + "; default: the word's");
  command->add_option("--acc", options->accumulate, "dot: " + help_of(spec::kAccumulateWords) + "; default: the format's");
  command->add_option("--acc-bits", options->acc_bits, "dot: accumulator width; a narrower one saturates");
  command->add_option("--block", options->block, "dot --acc blocked: products per block (32)");
  command->add_option("--chain", options->chain, "dot --acc chained: products per chain (31)");
  command->add_option("--bias", options->bias, "sdfp quantize: added to the exponent, or auto (0)");
  command->add_option("--add-shift", options->add_shift, "dfp, sdfp quantize: headroom bits (0)");
  command->add_option("--shift", options->shift, "dot: one product LSB is 2^-SHIFT output LSBs (0; fixed: its F)");
  command->add_option("--preset", options->preset, "autoflex: " + help_of(spec::kFlexPresetWords) + " (paper)");
  command->add_option("--start", options->start, "autoflex: first LSB exponent (-8)");
  command->add_flag("--init", options->init, "autoflex: run the initialisation phase on the first line, its trace one try a line");
  command->add_flag("--events", options->events, "of all that round: what a line counted behind its result, NAME=COUNT,... or -");
  command->add_flag("--flags", options->flags,
                    "of add to compare: the exceptions that a line signals behind its result: NV|DZ|OF|UF|NX or -");
  command->add_option("--tininess", options->tininess, "--flags: results are tiny before or after rounding (after)");
  command->add_option("--to", options->to, "convert: the format of results");
  command->add_option("--seed", options->seed, "of --round sr (0)")->check(CLI::Range(std::int64_t{0}, kMostSeed32));
  command->add_option("--npy", options->npy, "an array in place of lines: NumPy's npy, read and written")
      ->expected(2)
      ->type_name("IN OUT");
  command->footer(kInput + eval_operation_table() + kExamples);
  command->callback([options] {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    report_note(numerics::twin_note(numerics::parse_format(options->format)));
    if (options->npy.empty()) return evaluate_lines(*options, std::cin, std::cout);
    evaluate_npy(*options, options->npy[0], options->npy[1], std::cout);
  });
}

}  // namespace binade::sim
