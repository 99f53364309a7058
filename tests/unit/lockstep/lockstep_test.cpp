// SPDX-License-Identifier: Apache-2.0
// The lockstep core finds planted faults, names the port, and leaves files that show the failing tile again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "models/numerics/error.h"
#include "sim/lockstep/describe.h"
#include "sim/lockstep/lockstep_core.h"
#include "tests/unit/lockstep/faulty_core.h"
#include "tests/unit/lockstep/problems.h"

namespace binade::lockstep::test {
namespace {

using datapath::Dataflow;
using datapath::test::Problem;

std::unique_ptr<datapath::Core> make_pair(const Problem& problem, Fault fault, const ReportOptions& options) {
  return datapath::make_stepped_tile(
      std::make_unique<LockstepCore>(datapath::make_cycle_core(problem.config),
                                     std::make_unique<FaultyCore>(datapath::make_cycle_core(problem.config), fault), options));
}

/// The message of the mismatch, or nothing.
std::string mismatch(const Problem& problem, Fault fault, const ReportOptions& options) {
  const auto core = make_pair(problem, fault, options);
  try {
    datapath::test::MatrixStreams streams(problem);
    core->reset();
    core->start(problem.command, streams);
    while (!core->advance(1)) continue;
  } catch (const MismatchError& error) {
    return error.what();
  }
  return {};
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string line_with(const std::string& message, const std::string& start) {
  std::istringstream stream(message);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(start)) return line;
  return {};
}

/// Of a problem of formats `A:B:OUT`, or of one.
std::string replay_name(std::string formats) {
  std::replace(formats.begin(), formats.end(), ':', '-');
  return "lockstep-" + formats + ".csv";
}

struct Case {
  Fault fault;
  const char* port;
};

class PlantedFault : public ::testing::TestWithParam<std::tuple<Case, const char*, Dataflow>> {};

TEST_P(PlantedFault, IsFoundAtItsPort) {
  const auto& [planted, format, dataflow] = GetParam();
  const TemporaryDirectory directory;
  const std::string message =
      mismatch(make_problem(format, dataflow), planted.fault, {.directory = directory.path(), .traced = {}});
  if (planted.fault == Fault::None) {
    EXPECT_EQ(message, "");
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
    return;
  }
  EXPECT_NE(message.find(std::string(": ") + planted.port), std::string::npos) << message;
  EXPECT_TRUE(std::filesystem::exists(directory.path() / replay_name(format)));
}

INSTANTIATE_TEST_SUITE_P(
    Lockstep, PlantedFault,
    ::testing::Combine(::testing::Values(Case{Fault::None, ""}, Case{Fault::FlippedBit, "out_o lane 0"},
                                         Case{Fault::SwappedLanes, "out_o lane"}, Case{Fault::DroppedVector, "out_valid_o"},
                                         Case{Fault::LateVector, "out_valid_o"}, Case{Fault::CommandNotReady, "command_ready_o"},
                                         Case{Fault::ANotReady, "a_ready_o"}, Case{Fault::BNotReady, "b_ready_o"},
                                         Case{Fault::NeverDone, "done_o"}, Case{Fault::WrongCounter, "stall_b_o"},
                                         Case{Fault::WrongStatistic, "inexacts_o"},
                                         Case{Fault::WrongHistogram, "bin_count_o of bin 3"},
                                         Case{Fault::FailedAssertion, "assertion: rtl core: core.sv"}),
                       ::testing::Values("posit8", "flex16+5", "dfp8", "e6m7", "fp32", "posit8:posit16:posit16",
                                         "fp8e4m3:fp8e5m2:bf16", "dfp8:dfp16:dfp16", "dfp8:dfp8:fp32"),
                       ::testing::Values(Dataflow::OutputStationary, Dataflow::WeightStationary)));

TEST(LockstepMessage, NamesTheOperandsOfTheElement) {
  for (const auto dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary}) {
    const TemporaryDirectory directory;
    const Problem problem = make_problem("posit8", dataflow);
    const std::string message = mismatch(problem, Fault::FlippedBit, {.directory = directory.path(), .traced = {}});
    // os: the foot of the first fold comes first; ws: the first row.
    const std::size_t row = dataflow == Dataflow::OutputStationary ? 3 : 0;
    std::string a = fmt::format("A row {}:", row), b = "B column 0:";
    for (std::size_t k = 0; k < 9; ++k) {
      a += fmt::format(" {:#04x}", problem.a[row * 9 + k]);
      b += fmt::format(" {:#04x}", problem.b[k * 5]);
    }
    EXPECT_EQ(line_with(message, "A row"), a);
    EXPECT_EQ(line_with(message, "B column"), b);
    EXPECT_EQ(line_with(message, "bias"), fmt::format("bias 0: {:#04x}", problem.bias[0]));
    EXPECT_TRUE(line_with(message, "command:").starts_with("command: m 6 n 5 k 9 first_k 1 last_k 1 k_base 0 bias 1")) << message;
    EXPECT_TRUE(
        line_with(message, "replay:").starts_with("replay: binade verify core --format posit8 --set core.rows=4 --set core.cols=3"))
        << message;
    EXPECT_NE(message.find(" --stimulus trace --trace " + (directory.path() / "lockstep-posit8.csv").string()), std::string::npos);
  }
}

TEST(LockstepMessage, ShowsEachStreamInItsFormat) {
  const TemporaryDirectory directory;
  const Problem problem = make_problem("posit8:posit16:posit12", Dataflow::WeightStationary);
  const std::string message = mismatch(problem, Fault::FlippedBit, {.directory = directory.path(), .traced = {}});
  EXPECT_TRUE(line_with(message, "A row").starts_with(fmt::format("A row 0: {:#04x}", problem.a[0]))) << message;
  EXPECT_TRUE(line_with(message, "B column").starts_with(fmt::format("B column 0: {:#06x}", problem.b[0]))) << message;
  EXPECT_EQ(line_with(message, "bias"), fmt::format("bias 0: {:#05x}", problem.bias[0]));
  EXPECT_TRUE(
      line_with(message, "replay:")
          .starts_with("replay: binade verify core --format posit12 --set core.format_a=posit8 --set core.format_b=posit16"))
      << message;
}

TEST(LockstepMessage, DecodesBothValues) {
  Problem problem = make_problem("posit8", Dataflow::OutputStationary);
  std::fill(problem.a.begin(), problem.a.end(), 0);
  std::fill(problem.bias.begin(), problem.bias.end(), 0x40);
  const TemporaryDirectory directory;
  const std::string message = mismatch(problem, Fault::FlippedBit, {.directory = directory.path(), .traced = {}});
  EXPECT_NE(message.find("cycle 0x40 (1), rtl 0x41 (1.125)"), std::string::npos) << message;

  problem = make_problem("dfp8", Dataflow::WeightStationary);
  std::fill(problem.a.begin(), problem.a.end(), 0);
  std::fill(problem.bias.begin(), problem.bias.end(), 0xfe);  // -2
  const std::string raw = mismatch(problem, Fault::FlippedBit, {.directory = directory.path(), .traced = {}});
  EXPECT_NE(raw.find("(-2), rtl "), std::string::npos) << raw;
  EXPECT_NE(raw.find("(-1)"), std::string::npos) << raw;
}

TEST(LockstepMessage, TheReplayLineIsOneThatAShellReadsBack) {
  const auto config = make_problem("posit8", Dataflow::OutputStationary).config;
  EXPECT_TRUE(verify_command(config, "it's $HOME/a b.csv").ends_with(R"( --trace 'it'\''s $HOME/a b.csv')"));
  EXPECT_TRUE(verify_command(config, "out/a-b.csv").ends_with(" --trace out/a-b.csv"));
}

TEST(LockstepMessage, SaysWhereTheRunIs) {
  const TemporaryDirectory directory;
  Position position;
  position.begin_layer("conv1");
  position.begin_tile();
  position.begin_layer("fc/1");
  position.begin_tile();
  position.begin_tile();
  const std::string message = mismatch(make_problem("e6m7", Dataflow::OutputStationary), Fault::ANotReady,
                                       {.directory = directory.path(), .position = &position, .traced = {}});
  EXPECT_TRUE(message.starts_with("lockstep: layer 'fc/1', tile 1 (tile 2 of the run), clock 0: a_ready_o:") ||
              message.starts_with("lockstep: layer 'fc/1', tile 1 (tile 2 of the run), clock 1: a_ready_o:"))
      << message;
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "lockstep-e6m7-fc-1-tile1.csv"));
}

/// The replay file's rows as pins; what a core makes of them.
class ReplayFile : public ::testing::TestWithParam<const char*> {};

TEST_P(ReplayFile, DrivesACoreToTheSameOutputs) {
  const TemporaryDirectory directory;
  const Problem problem = make_problem(GetParam(), Dataflow::OutputStationary);
  const int a_bits = problem.config.format.a.bits, b_bits = std::max(problem.config.format.b.bits, problem.config.format.out.bits);
  mismatch(problem, Fault::WrongCounter, {.directory = directory.path(), .traced = {}});
  std::vector<std::string> lines = lines_of(directory.path() / replay_name(GetParam()));
  ASSERT_GT(lines.size(), 3U);
  EXPECT_TRUE(lines[0].starts_with("# lockstep: tile"));
  std::erase_if(lines, [](const std::string& line) { return line.starts_with('#'); });
  EXPECT_EQ(
      lines[0],
      "command_valid_i,m_i,n_i,k_i,first_k_i,last_k_i,k_base_i,bias_i,relu_i,product_shift_i,bias_shift_i,seed_i,tensor_i,m_base_i,"
      "n_base_i,logical_cols_i,overlap_i,full_edge_i,a_valid_i,a_i,b_valid_i,b_i,out_ready_i,bin_i");

  const auto model = datapath::make_cycle_core(problem.config);
  datapath::test::MatrixStreams expected(problem);
  datapath::test::MatrixStreams streams(problem);
  {
    const auto tile = datapath::make_stepped_tile(datapath::make_cycle_core(problem.config));
    tile->start(problem.command, expected);
    while (!tile->advance(1)) continue;
  }
  std::uint64_t vectors = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::vector<std::uint64_t> fields;
    std::istringstream stream(lines[i]);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(std::stoull(field, nullptr, 16));
    ASSERT_EQ(fields.size(), 24U) << lines[i];
    datapath::CoreCommand command = problem.command;
    std::tie(command.m, command.n, command.k) = std::tie(fields[1], fields[2], fields[3]);
    std::vector<numerics::Code> a, b;
    for (int lane = 0; lane < 4; ++lane)
      a.push_back(static_cast<numerics::Code>(fields[19] >> a_bits * lane & ((1U << a_bits) - 1)));
    for (int lane = 0; lane < 3; ++lane)
      b.push_back(static_cast<numerics::Code>(fields[21] >> b_bits * lane & ((1U << b_bits) - 1)));
    const datapath::CorePinsIn in{.command = fields[0] != 0 ? &command : nullptr,
                                  .a = fields[18] != 0 ? a.data() : nullptr,
                                  .b = fields[20] != 0 ? b.data() : nullptr,
                                  .out_ready = fields[22] != 0};
    if (in.out_ready && model->pins().out != nullptr) streams.write_out(vectors++, std::span(model->pins().out, 3));
    model->clock(in);
  }
  EXPECT_TRUE(model->pins().done);
  EXPECT_EQ(streams.out(), expected.out());
}

INSTANTIATE_TEST_SUITE_P(Lockstep, ReplayFile, ::testing::Values("posit8", "posit8:posit16:posit16", "posit8:posit8:posit16"));

TEST(ReplayChain, HoldsTheWholeChainOfPartialK) {
  const TemporaryDirectory directory;
  Problem first = make_problem("dfp8", Dataflow::OutputStationary), second = first;
  for (Problem* part : {&first, &second}) {
    part->command.m = 4;
    part->command.n = 3;
  }
  first.command.last_k = first.command.bias = false;
  second.command.first_k = false;
  second.command.k_base = 9;
  const auto core = make_pair(first, Fault::FlippedBit, {.directory = directory.path(), .traced = {}});
  for (int chain = 0; chain < 2; ++chain) {  // FlippedBit shows at outputs only: a part without them passes
    datapath::test::MatrixStreams streams(first);
    core->reset();
    core->start(first.command, streams);
    while (!core->advance(1)) continue;
  }
  const std::uint64_t part = core->clocks().clocks();
  datapath::test::MatrixStreams streams(second);
  core->start(second.command, streams);
  std::string message;
  try {
    while (!core->advance(1)) continue;
  } catch (const MismatchError& error) {
    message = error.what();
  }
  ASSERT_NE(message, "");
  // 18 products: 9 of each part.
  const std::string row = line_with(message, "A row");
  EXPECT_EQ(std::count(row.begin(), row.end(), 'x'), 18) << message;
  std::vector<std::string> lines = lines_of(directory.path() / "lockstep-dfp8.csv");
  const auto commands = std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with("1,"); });
  EXPECT_EQ(commands, 2);
  EXPECT_GT(lines.size(), part);
}

TEST(Waveform, ShowsTheDifferenceAgain) {
  const TemporaryDirectory directory;
  const Problem problem = make_problem("posit8", Dataflow::WeightStationary);
  ReportOptions options{.directory = directory.path(), .traced = {}};
  options.traced = [&](const std::filesystem::path& wave) {
    std::ofstream(wave) << "a waveform";
    return std::make_unique<FaultyCore>(datapath::make_cycle_core(problem.config), Fault::FlippedBit);
  };
  const std::string message = mismatch(problem, Fault::FlippedBit, options);
  const std::string wave = (directory.path() / "lockstep-posit8.fst").string();
  EXPECT_TRUE(line_with(message, "waveform:")
                  .starts_with("waveform: " + wave + " (the tile from reset; the difference follows rising edge "))
      << message;
  EXPECT_NE(line_with(message, "waveform:").find("at out_o"), std::string::npos) << message;
  EXPECT_TRUE(std::filesystem::exists(wave));

  options.traced = [&](const std::filesystem::path&) {
    return std::make_unique<FaultyCore>(datapath::make_cycle_core(problem.config), Fault::None);
  };
  EXPECT_NE(mismatch(problem, Fault::FlippedBit, options).find("(no difference after a reset: it depends on earlier tiles)"),
            std::string::npos);
}

TEST(Waveform, AFailureToWriteIsPartOfTheMessage) {
  const std::string message = mismatch(make_problem("posit8", Dataflow::OutputStationary), Fault::FlippedBit,
                                       {.directory = "/nonexistent/directory", .traced = {}});
  EXPECT_NE(message.find("replay: none: /nonexistent/directory/lockstep-posit8.csv: cannot write"), std::string::npos) << message;
}

}  // namespace
}  // namespace binade::lockstep::test
