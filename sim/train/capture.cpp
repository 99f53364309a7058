// SPDX-License-Identifier: Apache-2.0
#include "sim/train/capture.h"

#include <fmt/format.h>

#include <array>

#include "models/numerics/error.h"
#include "sim/data/npz.h"

namespace binade::sim {
namespace {

std::vector<std::byte> npy_of(const Captured& tensor) {
  static constexpr std::array kTypes{std::pair{1, "|u1"}, std::pair{2, "<u2"}, std::pair{4, "<u4"}, std::pair{8, "<f8"}};
  std::size_t bytes = static_cast<std::size_t>(tensor.element_bytes);
  for (const auto extent : tensor.shape) bytes *= static_cast<std::size_t>(extent);
  for (const auto& [width, type] : kTypes)
    if (width == tensor.element_bytes && bytes == tensor.bytes.size()) return make_npy({type, tensor.shape, tensor.bytes});
  throw InvariantError(
      fmt::format("capture: {} has {} bytes, {} an element", tensor.key, tensor.bytes.size(), tensor.element_bytes));
}

}  // namespace

Capture::Capture(std::set<std::uint64_t> steps, const std::vector<Captured>& initial) : steps_(std::move(steps)) {
  if (steps_.empty()) throw InvariantError("capture: no steps");
  add("init.", initial);
}

std::vector<Captured>* Capture::tensors(std::uint64_t step) { return wants(step) ? &current_ : nullptr; }

void Capture::step_done(std::uint64_t step, double loss) {
  if (step > last_step()) return;
  const auto prefix = fmt::format("step{}.", step);
  members_.emplace_back(prefix + "loss", make_npy_float64({}, std::span(&loss, 1)));
  if (!wants(step)) return;
  add(prefix, current_);
  current_.clear();
}

void Capture::add(const std::string& prefix, const std::vector<Captured>& tensors) {
  for (const auto& tensor : tensors) {
    const auto key = prefix + tensor.key;
    members_.emplace_back(key, npy_of(tensor));
    if (!tensor.exponent) continue;
    const std::int64_t exponent = *tensor.exponent;
    members_.emplace_back(key + ".exponent", make_npy_int64({}, std::span(&exponent, 1)));
  }
}

void Capture::write(const std::filesystem::path& file, const std::string& meta) const {
  auto members = members_;
  members.emplace_back("meta", make_npy_text(meta));
  write_npz(file, members);
}

}  // namespace binade::sim
