// SPDX-License-Identifier: Apache-2.0
#include "sim/import/gemm_list.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/import/limits.h"

namespace binade::sim {
namespace {

using networks::Layer;
using networks::Op;

/// 0: not a whole number from 1 to `most`.
std::int64_t whole_number(std::string_view text, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= most ? value : 0;
}

std::vector<std::int64_t> numbers_of(std::string_view word, const std::string& where) {
  std::vector<std::int64_t> numbers;
  for (std::string_view rest = word;;) {
    const auto comma = rest.find(',');
    const auto most = numbers.size() < 3 ? kLargestExtent : static_cast<std::int64_t>(kMostLayers);
    const auto value = whole_number(rest.substr(0, comma), most);
    if (value == 0 || numbers.size() == 4) break;
    numbers.push_back(value);
    if (comma == std::string_view::npos) {
      if (numbers.size() >= 3) return numbers;
      break;
    }
    rest.remove_prefix(comma + 1);
  }
  throw InputError(fmt::format("{} '{}'; allowed: M,N,K or M,N,K,COUNT with extents from 1 to {} and up to {} products", where,
                               printable(word), kLargestExtent, kMostLayers));
}

}  // namespace

void append_gemm(networks::Network& network, const std::string& name, const GemmSize& size) {
  Layer input;
  input.name = name + ".input";
  Layer product;
  product.name = name;
  product.inputs = {static_cast<int>(network.layers.size())};
  product.op = Op::Linear;
  product.out_features = size.n;
  input.out = networks::Shape::tokens(size.m, size.k);
  network.layers.push_back(std::move(input));
  network.layers.push_back(std::move(product));
}

networks::Network gemm_network(std::span<const std::string> words, const std::string& where) {
  networks::Network network;
  network.name = "gemm";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto numbers = numbers_of(words[i], where);
    const auto count = numbers.size() == 4 ? numbers[3] : 1;
    const GemmSize size{numbers[0], numbers[1], numbers[2]};
    if (network.layers.size() / 2 + static_cast<std::size_t>(count) > kMostLayers)
      throw InputError(fmt::format("{} '{}': more than {} products in all", where, printable(words[i]), kMostLayers));
    const auto name = fmt::format("gemm{}", i + 1);
    for (std::int64_t copy = 1; copy <= count; ++copy)
      append_gemm(network, count == 1 ? name : fmt::format("{}.{}", name, copy), size);
    network.source += (i == 0 ? "" : ", ") + words[i];
  }
  network.source = "matrix products M,N,K " + network.source;
  return network;
}

}  // namespace binade::sim
