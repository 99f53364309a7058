// SPDX-License-Identifier: Apache-2.0
// The engines' timeline as Chrome trace events (opens in Perfetto), streamed to a file: one complete event per descriptor.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "hw/common/trace.h"
#include "sim/report/output_file.h"

namespace binade::sim {

class TraceWriter {
 public:
  /// Throws InputError when `path` cannot be written. Layers without a name appear by their index. The file is there, whole, after
  /// finish() alone.
  TraceWriter(const std::string& path, double clock_ghz, std::vector<std::string> layer_names);
  ~TraceWriter() = default;
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  void write(const hw::TraceEvent& event);
  /// Throws InputError where the file could not be written.
  void finish();

 private:
  std::string layer_name(std::int64_t layer) const;

  void put(std::string_view text);

  OutputFile file_;
  std::string buffer_;
  std::exception_ptr failure_;  ///< of a write during the simulation, thrown at its end
  const double clock_ghz_;
  const std::vector<std::string> layer_names_;
};

}  // namespace binade::sim
