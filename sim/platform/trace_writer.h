// SPDX-License-Identifier: Apache-2.0
// The engines' timeline as Chrome trace events (opens in Perfetto), streamed to a file: one complete event per descriptor.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "hw/common/trace.h"

namespace binade::sim {

class TraceWriter {
 public:
  /// Throws InputError when `path` cannot be written. Layers without a name appear by their index.
  TraceWriter(const std::string& path, double clock_ghz, std::vector<std::string> layer_names);
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  void write(const hw::TraceEvent& event);

 private:
  std::string layer_name(std::int64_t layer) const;

  std::ofstream file_;
  const double clock_ghz_;
  const std::vector<std::string> layer_names_;
};

}  // namespace binade::sim
