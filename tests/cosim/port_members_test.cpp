// SPDX-License-Identifier: Apache-2.0
// Names within ports, of foreign/struct_mac.sv: as the Verilator that is here describes it, and as 5.48 does in JSON
// (struct_mac.tree.json, of which what ports do not need is cut out).
#include "rtl/cosim/port_members.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <vector>

#include "rtl/cosim/content.h"

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

/// As this machine's Verilator describes it.
std::vector<PortMember> members_of(const char* top, const std::vector<std::filesystem::path>& sources) {
  const std::filesystem::path work = std::filesystem::path(testing::TempDir()) / "port_members" / top;
  std::filesystem::remove_all(work);
  std::filesystem::create_directories(work);
  return port_members({.top = top, .sources = sources, .lint = false}, work, nullptr);
}

TEST(PortMembers, AreThoseOfTheVerilatorThatIsHere) {
  EXPECT_EQ(members_of("struct_mac", {kHere / "foreign/struct_mac.sv", kHere / "foreign/plain_mac.sv"}), kMembers);
}

TEST(PortMembers, AreTheSameInJson) {
  const std::string description = content_of(kHere / "struct_mac.tree.json").value();
  EXPECT_EQ(members_in_json(description), kMembers);
  // It is the order of the members and the direction of an array that say where they lie.
  const auto with = [&](const std::string& from, const std::string& to) {
    const std::string changed = std::regex_replace(description, std::regex(from), to);
    EXPECT_NE(changed, description);
    return members_in_json(changed);
  };
  const auto swapped = with("(\\{[^{}]*\"clear\"[^{}]*\\}), (\\{[^{}]*\"add\"[^{}]*\\})", "$2, $1");
  EXPECT_EQ(swapped[3], (PortMember{"request.control.bits.add", "request", 25, 1}));
  const auto turned = with("32'sh2(\".*\"32'sh)1", "32'sh1$012");
  EXPECT_EQ(turned[8], (PortMember{"request.factors[0].value", "request", 15, 8}));
}

TEST(PortMembers, OfPlainPortsAreNone) { EXPECT_TRUE(members_of("plain_mac", {kHere / "foreign/plain_mac.sv"}).empty()); }

}  // namespace
}  // namespace binade::rtl
