// SPDX-License-Identifier: Apache-2.0
// Formats of whole programs, worked out by hand: what each operation computes with and what each tensor is, rule by rule.
#include "models/programs/formats.h"

#include <gtest/gtest.h>

#include <map>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "sim/config/recipe_file.h"

namespace binade::programs {
namespace {

using networks::Builder;
using networks::Network;
using networks::Op;
using numerics::parse_format;

// conv1 + relu1 -> pool -> conv2 -> bn -> flatten -> fc, and conv1's output a second time in `join`.
Network example() {
  Builder b("example", "test", {2, 8, 8});
  const int conv1 = b.relu("relu1", b.conv("conv1", 0, 4, 3, {.pad = 1}));
  const int pool = b.max_pool("pool", conv1, 2, 2);
  const int conv2 = b.conv("conv2", pool, 4, 3, {.pad = 1});
  const int bn = b.batch_norm("bn", conv2);
  const int conv3 = b.conv("conv3", pool, 4, 3, {.pad = 1});
  const int join = b.add("join", bn, conv3);
  b.linear("fc", b.flatten("flatten", join), 3);
  return b.finish(3);
}

FormatChoice rules(const std::string& yaml) {
  FormatChoice choice;
  choice.recipe = sim::recipe_from_yaml("rules:\n" + yaml, "r.yaml", {});
  choice.format = parse_format("fp32");
  return choice;
}

/// "name: A x B -> OUT policy rounding" of each operation, in order.
std::vector<std::string> lines(const Network& network, const FormatChoice& choice) {
  const Program program = with_formats(forward(network, {network.layers.front().name}), choice);
  std::vector<std::string> all;
  for (const Operation& operation : program.operations) {
    const auto& format = operation.mode.format;
    std::string line = program.layer(operation.layer).name + ": " + to_string(format.a) + " x " + to_string(format.b) + " -> " +
                       to_string(format.out);
    const bool product = operations::is_gemm(program.layer(operation.layer).op);
    if (product) line += " " + std::string(to_string(operation.mode.accumulate.policy));
    all.push_back(line + " " + std::string(to_string(operation.mode.accumulate.rounding)));
    EXPECT_EQ(program.tensors.at(static_cast<std::size_t>(operation.output)).format, format.out) << line;
    for (std::size_t i = 0; product && i < operation.inputs.size(); ++i)
      EXPECT_EQ(program.tensors.at(static_cast<std::size_t>(operation.inputs[i])).format, i == 0 ? format.a : format.b) << line;
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST(Formats, OneFormatIsOneEverywhere) {
  const Network network = example();
  datapath::CoreConfig core;
  core.format = parse_format("posit8");
  core.accumulate = {.policy = numerics::Accumulate::Serial, .acc_bits = 0, .block = 7, .rounding = numerics::Rounding::Rtz};
  const Program plain = forward(network, {"input"}), program = with_formats(plain, choice_of(core));
  ASSERT_EQ(program.operations.size(), plain.operations.size());
  EXPECT_EQ(program.network, &network);
  for (const operations::ElementFormat& encoding : program.tensors)
    EXPECT_EQ(encoding, (operations::ElementFormat{parse_format("posit8"), numerics::Rounding::Rtz}));
  EXPECT_EQ(core_modes(program), (std::vector<datapath::CoreMode>{datapath::elaborated({core.format, core.accumulate})}));
}

TEST(Formats, ProductsReadWhatWasWrittenAndOthersKeepIt) {
  EXPECT_EQ(lines(example(), rules("  - {format: posit8, class: [W, I]}\n"
                                   "  - {layer: [conv*, fc], class: A, format: posit8}\n"
                                   "  - {layer: [conv1, fc], format: posit16}\n")),
            (Lines{"conv1: posit8 x posit16 -> posit16 exact rne",  // the input is not conv1's
                   "pool: posit16 x posit8 -> posit16 rne",         // keeps posit16
                   "conv2: posit16 x posit8 -> posit8 exact rne",   //
                   "bn: posit8 x posit8 -> posit8 rne",             //
                   "conv3: posit16 x posit8 -> posit8 exact rne",   //
                   "join: posit8 x posit8 -> posit8 rne",           //
                   "fc: posit8 x posit16 -> posit16 exact rne"}));
}

TEST(Formats, AReadFormatIsOneConvertForAllItsReaders) {
  EXPECT_EQ(lines(example(), rules("  - {format: dfp8}\n"
                                   "  - {class: A, format: fp32, read: dfp8}\n"
                                   "  - {layer: bn, class: W, format: fp16, rounding: sr}\n"
                                   "  - {layer: conv3, accumulate: fp32, rounding: rtz}\n")),
            (Lines{"conv1: dfp8 x dfp8 -> fp32 exact rne",  //
                   "pool: fp32 x dfp8 -> fp32 rne",         // `read` is of products
                   "pool:dfp8: fp32 x fp32 -> dfp8 rne",    // before its first reader
                   "conv2: dfp8 x dfp8 -> fp32 exact rne",  //
                   "bn: fp32 x fp16 -> fp32 rne",           // the rounding of weights is their writer's, the host
                   "conv3: dfp8 x dfp8 -> fp32 fp32 rtz",   // no second Convert
                   "join: fp32 x dfp8 -> fp32 rne",         //
                   "join:dfp8: fp32 x fp32 -> dfp8 rne",    //
                   "fc: dfp8 x dfp8 -> fp32 exact rne"}));
}

TEST(Formats, TheConfigurationWinsOverRules) {
  FormatChoice choice = rules("  - {format: posit8, rounding: rtz, accumulate: serial, acc_bits: 99}\n");
  choice.b = parse_format("posit12");
  choice.rounding = numerics::Rounding::Rha;
  choice.accumulate = numerics::Accumulate::Exact;
  choice.acc_bits = 64;
  const Network network = example();
  EXPECT_EQ(lines(network, choice).front(), "conv1: posit8 x posit12 -> posit8 exact rha");
  const Program program = with_formats(forward(network, {"input"}), choice);
  EXPECT_EQ(program.operations.front().mode.accumulate.acc_bits, 64);
  EXPECT_EQ(program.operations.front().learned_rounding, numerics::Rounding::Rha);
  EXPECT_EQ(program.tensors.front(), (operations::ElementFormat{parse_format("posit8"), numerics::Rounding::Rha}));
}

TEST(Formats, OperandsOfTheCoreAreReadFormats) {
  datapath::CoreConfig core;
  core.format = {parse_format("fp8e4m3"), parse_format("fp8e5m2"), parse_format("bf16")};
  core.accumulate.policy = numerics::Accumulate::Fp32;
  EXPECT_EQ(lines(example(), choice_of(core)),
            (Lines{"conv1: fp8e4m3 x fp8e5m2 -> bf16 fp32 rne",  //
                   "pool: bf16 x bf16 -> bf16 rne",              // what is learned has the format of what is read
                   "pool:fp8e4m3: bf16 x bf16 -> fp8e4m3 rne",   //
                   "conv2: fp8e4m3 x fp8e5m2 -> bf16 fp32 rne",  //
                   "bn: bf16 x bf16 -> bf16 rne",                //
                   "conv3: fp8e4m3 x fp8e5m2 -> bf16 fp32 rne",  //
                   "join: bf16 x bf16 -> bf16 rne",              //
                   "join:fp8e4m3: bf16 x bf16 -> fp8e4m3 rne",   //
                   "fc: fp8e4m3 x fp8e5m2 -> bf16 fp32 rne"}));
}

TEST(Formats, AMatmulReadsBothOfItsInputs) {
  Builder b("attention", "test", networks::Shape::tokens(4, 6));
  const int query = b.linear("query", 0, 6);
  const int scores = b.append("scores", Op::MatMul, {query, query});
  b.layer(scores).transpose_b = true;
  const Network network = b.finish(0);
  FormatChoice choice = rules("  - {format: posit16}\n");
  choice.a = parse_format("posit8");
  EXPECT_EQ(lines(network, choice),
            (Lines{"query: posit8 x posit16 -> posit16 exact rne",  // the input is written as it is read
                   "query:posit8: posit16 x posit16 -> posit8 rne", "scores: posit8 x posit16 -> posit16 exact rne"}));
}

TEST(Formats, AGivenTensorHasTheFormatOfItsLayer) {
  const Network network = example();
  const auto choice = rules("  - {format: posit8}\n  - {layer: [conv1], format: posit16}\n  - {layer: pool, format: posit10}\n");
  for (const char* given : {"pool", "relu1", "conv1"}) {
    const Program program = with_formats(forward(network, {given}), choice);
    const bool pool = std::string(given) == "pool";
    EXPECT_EQ(to_string(program.tensors.at(static_cast<std::size_t>(program.given.front())).format), pool ? "posit10" : "posit16");
    EXPECT_EQ(to_string(program.operations.back().mode.format.b), "posit8");
  }
}

TEST(Formats, ModesAreThoseOfProductsEachOnce) {
  const Network network = example();
  const Program program =
      with_formats(forward(network, {"input"}), rules("  - {format: posit8}\n  - {layer: [pool, bn], format: posit6}\n"));
  Lines modes;
  for (const auto& mode : core_modes(program)) modes.push_back(to_string(mode.format));
  EXPECT_EQ(modes, (Lines{"posit8", "posit6 x posit8 -> posit8"}));
}

TEST(Formats, ModesThatDifferInWhatTheirPolicyLacksAreOne) {
  const auto modes = [](const std::string& policy) {
    const Network network = example();
    return core_modes(with_formats(forward(network, {"input"}),
                                   rules("  - {format: posit8, accumulate: " + policy + "}\n  - {layer: conv1, bias: first}\n")));
  };
  EXPECT_EQ(modes("exact").size(), 1U);
  EXPECT_EQ(modes("serial").size(), 2U);
}

std::string refusal(const FormatChoice& choice) {
  try {
    const Network network = example();
    with_formats(forward(network, {"input"}), choice);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Formats, WhatNoDatapathHasIsRefusedWithItsFirstLayer) {
  const std::string alike = refusal(rules("  - {format: posit8}\n  - {layer: [conv1, fc], class: W, format: dfp8}\n"));
  EXPECT_EQ(alike.find("layer 'conv1' and 1 more: core.format_a, core.format_b: posit8 x dfp8 has no datapath; allowed: "), 0U);
  EXPECT_EQ(alike.find('\n'), std::string::npos) << alike;
  const std::string both = refusal(
      rules("  - {format: posit8}\n  - {layer: conv1, class: W, format: dfp8}\n  - {layer: fc, class: W, format: dfp12}\n"));
  EXPECT_EQ(both.find("layer 'conv1': core.format_a, core.format_b: posit8 x dfp8 has no datapath; allowed: "), 0U) << both;
  EXPECT_NE(both.find("\nlayer 'fc': core.format_a, core.format_b: posit8 x dfp12 "), std::string::npos) << both;
  EXPECT_NE(refusal(rules("  - {format: posit8}\n  - {layer: conv2, class: A, format: fp32}\n"))
                .find("layer 'conv2': core.format_out: fp32 is no result of posit8 x posit8"),
            std::string::npos);
  EXPECT_EQ(refusal(rules("  - {format: posit8}\n  - {layer: flatten, format: fp32}\n")),
            "r.yaml:3: 'flatten' matches no layer; allowed: layer names or patterns with * and ?, <first>, <last>");
}

TEST(Formats, APolicyThatDoesNotFitNamesTheRuleAndTheFirstLayer) {
  EXPECT_EQ(
      refusal(rules("  - {format: posit8}\n  - {layer: 'conv*', accumulate: blocked}\n  - {layer: fc, acc_bits: 10}\n")),
      "r.yaml:3: layer 'conv1' and 2 more: accumulate: 'blocked' needs integer mantissas; allowed for posit8: exact serial fp32");
  EXPECT_EQ(refusal(rules("  - {format: posit8, acc_bits: 200}\n  - {layer: fc, acc_bits: 128}\n")),
            "r.yaml:2: layer 'conv1' and 2 more: acc_bits: 200 is out of range; allowed: 2 to 128");
  EXPECT_EQ(
      refusal(rules("  - {format: dfp8}\n  - {layer: conv2, accumulate: serial}\n")).find("r.yaml:3: layer 'conv2': accumulate: "),
      0U);
  FormatChoice configured = rules("  - {format: posit8}\n");
  configured.accumulate = numerics::Accumulate::Blocked;
  EXPECT_EQ(refusal(configured).find("layer 'conv1' and 3 more: accumulate: "), 0U);
}

}  // namespace
}  // namespace binade::programs
