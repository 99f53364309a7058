// SPDX-License-Identifier: Apache-2.0
// docs/platform.md lists every register, opcode, operation, field and counter of models/spec.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string document() {
  std::ifstream file(BINADE_SOURCE_DIR "/docs/platform.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PlatformDocument, ListsEveryRow) {
  const std::string text = document();
  ASSERT_FALSE(text.empty());
  const auto expect = [&](const std::string& row, const std::string& meaning) {
    std::string cell;  // a table's cell escapes its separator
    for (const char c : meaning) cell += c == '|' ? std::string("\\|") : std::string(1, c);
    EXPECT_NE(text.find(row + " " + cell + " |"), std::string::npos) << row << ' ' << cell;
  };
#define CSR(name, offset, access, meaning) expect("| `" #name "` | `" #offset "` | " #access " |", meaning);
#include "models/spec/csr.def"
#define OPCODE(name, code, meaning) expect("| `" #name "` | " #code " |", meaning);
#define VECTOR_OP(name, code, meaning) expect("| `" #name "` | " #code " |", meaning);
#define WINDOW_OP(name, code, meaning) expect("| `" #name "` | " #code " |", meaning);
#include "models/spec/isa.def"
  int code = 0;
#define PRIMITIVE(name, word, arity, operations, meaning)                                                                    \
  expect("| `" word "` | " + std::to_string(code++) + " | " + std::string("abcd").substr(0, arity) + " | " #operations " |", \
         meaning);
#include "models/operations/chain/chain.def"
#define COUNTER(enumerator, name, unit, meaning) expect("| `" name "` | " unit " |", meaning);
#include "models/spec/counters.def"
}

TEST(PlatformDocument, ListsEveryFieldAtItsWord) {
  const std::string text = document();
  int word = 0;
  const auto expect = [&](const char* name) {
    const std::string row = "| " + std::to_string(word++) + " | `" + name + "` |";
    EXPECT_NE(text.find(row), std::string::npos) << row;
  };
  constexpr int kRecord = 6;
#define HEADER_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  ASSERT_EQ(word, kRecord);
#define LOAD_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  word = kRecord;
#define LOAD_WALK_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  word = kRecord;
#define GEMM_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  word = kRecord;
#define VECTOR_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  word = kRecord;
#define CHAIN_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  word = kRecord;
#define WINDOWS_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
  word = kRecord;
#define STORE_FIELD(name, meaning) expect(#name);
#include "models/spec/isa.def"
}

}  // namespace
