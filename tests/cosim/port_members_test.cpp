// SPDX-License-Identifier: Apache-2.0
// Names within ports and elements of unpacked arrays, of foreign/struct_mac.sv: as the Verilator that is here describes it, and
// as 5.48 does in JSON (struct_mac.tree.json, of which what ports do not need is cut out).
#include "rtl/cosim/port_members.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <vector>

#include "models/numerics/error.h"
#include "rtl/cosim/content.h"
#include "rtl/cosim/header_ports.h"

namespace binade::rtl {
namespace {

const std::filesystem::path kHere = std::filesystem::path(BINADE_SOURCE_DIR) / "tests/cosim";

const std::vector<PortMember> kMembers{
    {"request.control", "request", 24, 2},
    {"request.control.named", "request", 24, 2},
    {"request.control.bits", "request", 24, 2},
    {"request.control.bits.clear", "request", 25, 1},
    {"request.control.bits.add", "request", 24, 1},
    {"request.factors", "request", 6, 18},
    {"request.factors[0]", "request", 6, 9},
    {"request.factors[0].spare", "request", 14, 1},
    {"request.factors[0].value", "request", 6, 8},
    {"request.factors[1]", "request", 15, 9},
    {"request.factors[1].spare", "request", 23, 1},
    {"request.factors[1].value", "request", 15, 8},
    {"request.tags", "request", 0, 6},
    {"request.tags[0]", "request", 4, 2, true},
    {"request.tags[1]", "request", 2, 2, true},
    {"request.tags[2]", "request", 0, 2, true},
    {"answers[0].spare", "answers[0]", 32, 1},
    {"answers[0].sum", "answers[0]", 0, 32},
    {"answers[1].spare", "answers[1]", 32, 1},
    {"answers[1].sum", "answers[1]", 0, 32},
};

const std::vector<ArrayElement> kElements{{"answers", "answers[0]", 33, true}, {"answers", "answers[1]", 33, true}};

/// As this machine's Verilator describes it.
PortDescription ports_of(const char* top, const std::vector<std::filesystem::path>& sources) {
  const std::filesystem::path work = std::filesystem::path(testing::TempDir()) / "port_members" / top;
  std::filesystem::remove_all(work);
  std::filesystem::create_directories(work);
  return describe_ports({.top = top, .sources = sources, .lint = false}, work, nullptr);
}

TEST(PortMembers, AreThoseOfTheVerilatorThatIsHere) {
  const PortDescription described = ports_of("struct_mac", {kHere / "foreign/struct_mac.sv", kHere / "foreign/plain_mac.sv"});
  EXPECT_EQ(described.members, kMembers);
  EXPECT_EQ(described.elements, kElements);
}

TEST(PortMembers, AreTheSameInJson) {
  const std::string description = content_of(kHere / "struct_mac.tree.json").value();
  EXPECT_EQ(ports_in_json(description).members, kMembers);
  EXPECT_EQ(ports_in_json(description).elements, kElements);
  // It is the order of the members and the direction of an array that say where they lie.
  const auto with = [&](const std::string& from, const std::string& to) {
    const std::string changed = std::regex_replace(description, std::regex(from), to);
    EXPECT_NE(changed, description);
    return ports_in_json(changed).members;
  };
  const auto swapped = with("(\\{[^{}]*\"clear\"[^{}]*\\}), (\\{[^{}]*\"add\"[^{}]*\\})", "$2, $1");
  EXPECT_EQ(swapped[3], (PortMember{"request.control.bits.add", "request", 25, 1}));
  const auto turned = with("32'sh2(\".*\"32'sh)1", "32'sh1$012");
  EXPECT_EQ(turned[8], (PortMember{"request.factors[0].value", "request", 15, 8}));
}

TEST(PortMembers, OfPlainPortsAreNone) {
  const PortDescription described = ports_of("plain_mac", {kHere / "foreign/plain_mac.sv"});
  EXPECT_TRUE(described.members.empty() && described.elements.empty());
}

TEST(HeaderPorts, AreTheSameLinesOfBothKindsOfHeaders) {
  const std::string plain = "  VL_IN8(&clk,0,0);\n  VL_OUTW(&wide,99,0,4);\n";
  const std::string lines =
      "PORT(clk, 1, 0)\nPORT(wide, 100, 1)\nPORT(x[0][0], 8, 0)\nPORT(x[0][1], 8, 0)\nPORT(answers[0], 33, 1)\nPORT(answers[1], "
      "33, 1)\n";
  EXPECT_EQ(port_lines(plain + "  VL_IN8((&x)[1][2],7,0);\n  VL_OUT64((&answers)[2],32,0);\n", {}), lines);
  std::vector<ArrayElement> elements = kElements;
  elements.push_back({"x", "x[0][0]", 8, false});
  elements.push_back({"x", "x[0][1]", 8, false});
  const std::string newer = "  VlUnpacked<VlUnpacked<CData/*7:0*/, 2>, 1> &x;\n  VlUnpacked<QData/*32:0*/, 2> &answers;\n";
  EXPECT_EQ(port_lines(plain + newer, elements), lines);
  EXPECT_THROW(port_lines(plain + newer, kElements), InputError);  // x is not described
}

}  // namespace
}  // namespace binade::rtl
