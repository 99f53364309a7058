// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/eval_npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <span>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/eval_array.h"
#include "sim/cli/eval_lines.h"
#include "sim/cli/output_folder.h"
#include "sim/data/gzip.h"
#include "sim/data/npy.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 36;

EvalArray read_array(const std::filesystem::path& file) {
  const std::string where = printable(file.string());
  const std::vector<std::uint8_t> content = read_gzip(file, kMostBytes);
  const auto bytes = std::as_bytes(std::span(content));
  const NpyHeader header = parse_npy_header(bytes.first(std::min(bytes.size(), kLongestNpyHeader)), where);
  if (header.is_text) throw InputError(fmt::format("{}: an array of text; allowed: numbers, codes", where));
  NpyArray array = parse_npy(bytes, where);
  const char kind = header.descr.at(1);
  return {std::move(array.shape), std::move(array.values), kind == 'u' || kind == 'i'};
}

}  // namespace

void evaluate_npy(const EvalOptions& options, const std::filesystem::path& in, const std::filesystem::path& out,
                  std::ostream& printed) {
  const auto operation = make_eval_operation(options);
  check_output_file(out);
  check_named_output("--npy", out, {}, {in.string()});
  const EvalArray array = read_array(in);
  std::string lines;
  std::vector<std::byte> result;
  try {
    result = make_npy(operation->evaluate_array(array, lines));
  } catch (const InputError& error) {
    throw InputError(fmt::format("eval: {}: {}", printable(in.string()), error.what()));
  }
  if (options.flags) lines += to_string(operation->flags()) + '\n';
  if (options.events) lines += events_text(operation->events()) + '\n';
  write_file(out, {reinterpret_cast<const char*>(result.data()), result.size()});
  printed << lines << std::flush;
  if (!printed) throw InputError("eval: standard output: cannot write; allowed: a file or pipe that takes the results");
}

}  // namespace binade::sim
