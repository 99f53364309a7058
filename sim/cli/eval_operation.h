// SPDX-License-Identifier: Apache-2.0
// The operations of `binade eval` (docs/eval.md): one object turns lines of operands into result lines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/events.h"
#include "models/numerics/operation.h"
#include "sim/cli/eval_array.h"

namespace binade::sim {

/// What the command line says; absent options take the defaults of the operation.
struct EvalOptions {
  std::string format{};
  std::string operation{};
  std::optional<std::string> rounding{};
  std::optional<std::string> underflow{};  ///< standard or round
  std::optional<std::string> accumulate{};
  std::optional<int> acc_bits{};
  std::optional<int> block{};
  std::optional<int> chain{};
  std::optional<int> add_shift{};
  std::optional<std::string> bias{};  ///< an integer or `auto`
  std::optional<int> shift{};
  std::optional<std::string> preset{};
  std::optional<int> start{};
  std::optional<std::uint32_t> seed{};
  bool init = false;
  std::vector<std::string> npy{};         ///< of the command: the files in and out, or none
  bool events = false;                    ///< what each line counted follows its result
  bool flags = false;                     ///< the exceptions that each line signals follow it
  std::optional<std::string> tininess{};  ///< before or after
  std::optional<std::string> to{};        ///< convert: the format of results
};

class EvalOperation {
 public:
  virtual ~EvalOperation() = default;
  /// Appends the result of one line, without the newline, to `out`. `index`: the line's number from 0. Throws InputError.
  virtual void evaluate(std::span<const std::string_view> words, std::uint64_t index, std::string& out) = 0;
  /// The same of an array, as docs/eval.md has it under Arrays. Appends to `printed` the lines that are beside the result.
  virtual SavedArray evaluate_array(const EvalArray& in, std::string& printed) = 0;
  /// What all lines so far counted.
  virtual numerics::Events events() const { return events_; }
  /// What the last line signalled, of operations that have flags.
  numerics::Flags flags() const { return flags_; }

 protected:
  numerics::Events events_;
  numerics::Flags flags_;
};

/// Throws InputError on an unknown format or operation, an operation that the format lacks, and an option that does not apply.
std::unique_ptr<EvalOperation> make_eval_operation(const EvalOptions& options);

/// The operation words, one line for messages.
std::string eval_operation_words();
/// A row an operation: words, what a line holds, what is printed; for help and docs/eval.md.
std::string eval_operation_table();

}  // namespace binade::sim
