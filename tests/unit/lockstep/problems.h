// SPDX-License-Identifier: Apache-2.0
// Tiles for the lockstep tests: several folds with ragged edges, bias, random operands, every stream slower than the array.
#pragma once

#include <filesystem>
#include <random>
#include <string>

#include "tests/support/operand_words.h"
#include "tests/unit/datapath/harness.h"

namespace binade::lockstep::test {

inline datapath::test::Problem make_problem(const std::string& format, datapath::Dataflow dataflow, unsigned seed = 1) {
  datapath::test::Problem problem;
  datapath::CoreConfig& config = problem.config;
  config.format = binade::test::operand_formats(format);
  config.accumulate.policy = default_accumulate(config.format);
  config.accumulate.rounding = config.format.default_rounding();
  config.rows = 4;
  config.cols = 3;
  config.dataflow = dataflow;
  problem.command = {.m = 6, .n = 5, .k = 9, .bias = true, .product_shift = 0, .logical_cols = 5};
  if (config.format.integers() && !stores_raw(config)) problem.command.product_shift = config.format.out.bits;
  problem.a_interval = 1;
  problem.b_interval = 2;
  problem.out_interval = 2;
  const auto& t = problem.command;
  problem.a.resize(static_cast<std::size_t>(t.m * t.k));
  problem.b.resize(static_cast<std::size_t>(t.k * t.n));
  problem.bias.resize(static_cast<std::size_t>(t.n));
  std::mt19937_64 random(seed);
  const auto fill = [&](std::vector<numerics::Code>& codes, const numerics::FormatSpec& of) {
    for (numerics::Code& code : codes) code = datapath::test::random_code(random, of);
  };
  fill(problem.a, config.format.a);
  fill(problem.b, config.format.b);
  fill(problem.bias, config.format.out);
  return problem;
}

/// An empty directory that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "binade-lockstep-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace binade::lockstep::test
