// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/trace_writer.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

constexpr std::array<std::string_view, 3> kEngines{"load", "compute", "store"};

std::size_t thread_of(std::string_view engine) {
  for (std::size_t i = 0; i < kEngines.size(); ++i) {
    if (kEngines[i] == engine) return i + 1;
  }
  return kEngines.size() + 1;
}

}  // namespace

TraceWriter::TraceWriter(const std::string& path, double clock_ghz, std::vector<std::string> layer_names)
    : file_(path), clock_ghz_(clock_ghz), layer_names_(std::move(layer_names)) {
  put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  put(R"({"name":"process_name","ph":"M","pid":1,"tid":0,"args":{"name":"accelerator"}})");
  for (const std::string_view engine : kEngines) {
    put(fmt::format(",\n{{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":{},\"args\":{{\"name\":\"{}\"}}}}",
                    thread_of(engine), engine));
  }
}

void TraceWriter::put(std::string_view text) {
  constexpr std::size_t kBuffered = 1 << 20;
  buffer_ += text;
  if (buffer_.size() < kBuffered || failure_) return;
  try {
    file_.write(buffer_);
  } catch (const InputError&) {
    failure_ = std::current_exception();
  }
  buffer_.clear();
}

void TraceWriter::finish() {
  if (failure_) std::rethrow_exception(failure_);
  file_.write(buffer_ + "\n]}\n");
  file_.commit();
}

std::string TraceWriter::layer_name(std::int64_t layer) const {
  const auto index = static_cast<std::size_t>(layer);
  return layer >= 0 && index < layer_names_.size() ? layer_names_[index] : std::to_string(layer);
}

void TraceWriter::write(const hw::TraceEvent& event) {
  const double microseconds_per_clock = 1e-3 / clock_ghz_;
  const nlohmann::json name = layer_name(event.layer) + " " + std::string(event.operation);
  const nlohmann::json layer = layer_name(event.layer);
  put(
      fmt::format(",\n{{\"name\":{},\"cat\":\"{}\",\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{:.6f},\"dur\":{:.6f},"
                  "\"args\":{{\"layer\":{},\"opcode\":\"{}\",\"first_clock\":{},\"clocks\":{}}}}}",
                  name.dump(), event.engine, thread_of(event.engine), static_cast<double>(event.begin) * microseconds_per_clock,
                  static_cast<double>(event.end - event.begin) * microseconds_per_clock, layer.dump(), event.operation, event.begin,
                  event.end - event.begin));
}

}  // namespace binade::sim
