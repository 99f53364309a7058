// SPDX-License-Identifier: Apache-2.0
#include "sim/data/npz.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "models/numerics/error.h"
#include "sim/data/idx.h"

namespace binade::sim {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// An npy file by the standard's words: magic, version, length, header.
std::vector<std::byte> npy(const std::string& header, const std::string& payload) {
  std::string file = "\x93NUMPY";
  file += {'\x01', '\x00', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  return bytes_of(file + header + payload);
}

std::string error_of(const std::vector<std::byte>& bytes) {
  try {
    parse_npy(bytes, "f.npz: x.npy");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Npy, WrittenArraysReadBack) {
  const std::vector<std::int64_t> shape{2, 3};
  const std::vector<double> values{0, -1.5, 1e30, 0.1F, -0.0, 7};
  const auto array = parse_npy(make_npy_float32(shape, values), "x");
  EXPECT_EQ(array.shape, shape);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(array.values[i], static_cast<float>(values[i]));
  EXPECT_EQ(parse_npy(make_npy_text("after pool1"), "x").text, "after pool1");
  EXPECT_EQ(make_npy_float32({}, std::vector<double>{1}).size() % 64, 4U);
}

TEST(Npy, ColumnMajorArraysAreTransposed) {
  // Fortran order of [[1, 2, 3], [4, 5, 6]].
  const auto array = parse_npy(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", "\1\4\2\5\3\6"), "x");
  EXPECT_EQ(array.values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, HalfPrecisionValues) {
  const std::string payload{'\x00', '\x3c', '\x01', '\x00', '\xff', '\x7b', '\x00', '\x80'};  // 1, 2^-24, 65504, -0
  const auto array = parse_npy(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }\n", payload), "x");
  EXPECT_EQ(array.values, (std::vector<double>{1, 0x1p-24, 65504, -0.0}));
}

TEST(Npy, EveryMalformationNamesTheMember) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";
  ASSERT_EQ(error_of(npy(good, "\0\0\0\0x")).rfind("f.npz: x.npy", 0), 0U);
  for (const std::string header :
       {"", "{", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "{'descr': 'O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, }",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"})
    EXPECT_EQ(error_of(npy(header, std::string(4, '\0'))).rfind("f.npz: x.npy", 0), 0U) << header;
  EXPECT_EQ(error_of(npy(good, std::string(4, '\0'))), "");
  EXPECT_NE(error_of(npy(good, std::string(3, '\0'))).find("3 bytes of data"), std::string::npos);
  EXPECT_NE(error_of(bytes_of("PK")), "");
}

TEST(Npy, CutAnywhereIsAnErrorNotACrash) {
  const auto whole = make_npy_float32(std::vector<std::int64_t>{3}, std::vector<double>{1, 2, 3});
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(parse_npy(std::span(whole).first(length), "x"), InputError) << length;
}

class NpzFile : public testing::Test {
 protected:
  NpzFile() : file_(std::filesystem::temp_directory_path() / ("binade-npz-test-" + std::to_string(::getpid()) + ".npz")) {}
  ~NpzFile() override { std::filesystem::remove(file_); }

  std::string content() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  std::filesystem::path file_;
};

TEST_F(NpzFile, MembersReadBackAndBytesDoNotDependOnTheDay) {
  const std::vector<double> values(1000, 0.25);
  const auto save = [&] {
    write_npz(file_, {{"a.weight", make_npy_float32(std::vector<std::int64_t>{10, 100}, values)}, {"name", make_npy_text("x")}});
  };
  save();
  const auto first = content();
  EXPECT_LT(first.size(), 1500U);
  save();
  EXPECT_EQ(content(), first);
  NpzReader archive(file_);
  EXPECT_EQ(archive.names(), (std::vector<std::string>{"a.weight", "name"}));
  EXPECT_EQ(archive.header("a.weight").shape, (std::vector<std::int64_t>{10, 100}));
  EXPECT_EQ(archive.read("a.weight").values, values);
  EXPECT_EQ(archive.read("a.weight", 3).values, std::vector<double>(300, 0.25));
  EXPECT_EQ(archive.read("name").text, "x");
}

TEST_F(NpzFile, SavedArraysReadBackBitForBit) {
  const std::vector<std::uint64_t> counts{0, 1, ~std::uint64_t{0}};
  const std::vector<std::uint8_t> many(300'000, 7);
  const std::vector<SavedArray> arrays{saved(counts),
                                       saved(many),
                                       saved(std::vector<double>{-0.0, 0x1p-1074}),
                                       saved(std::vector<float>{1.5F}),
                                       saved(std::vector<std::uint16_t>{}),
                                       {"<i8", {}, std::vector<std::byte>(8, std::byte{0xff})}};
  NpzMembers members;
  for (std::size_t i = 0; i < arrays.size(); ++i) members.emplace_back("a" + std::to_string(i), make_npy(arrays[i]));
  write_durable_npz(file_, members);
  NpzReader reader(file_);
  for (std::size_t i = 0; i < arrays.size(); ++i) EXPECT_EQ(reader.read_saved("a" + std::to_string(i)), arrays[i]) << i;
  EXPECT_EQ(values_of<std::uint64_t>(reader.read_saved("a0")), counts);
  EXPECT_THROW(values_of<std::int64_t>(reader.read_saved("a0")), InputError);
  EXPECT_EQ(reader.read("a5").values, std::vector<double>{-1});
  write_npz(file_, {{"text", make_npy_text("words")}});
  EXPECT_THROW(NpzReader(file_).read_saved("text"), InputError);
}

TEST_F(NpzFile, DamageIsAnErrorThatNamesTheFile) {
  std::vector<double> values(256);
  std::mt19937 random(1);
  for (auto& value : values) value = static_cast<double>(random());
  write_npz(file_, {{"a", make_npy_float32(std::vector<std::int64_t>{256}, values)}});
  const auto whole = content();
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    write(whole.substr(0, length));
    try {
      NpzReader(file_).read("a");
      ADD_FAILURE() << "cut to " << length;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(file_.string()), std::string::npos);
    }
  }
  auto flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 0x10);
  write(flipped);
  EXPECT_THROW(NpzReader(file_).read("a"), InputError);
}

TEST(Tensor, NanAndInfinityAreNamedByIndex) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    NpyArray array{{4}, {0, 1, bad, 3}, "", false};
    try {
      to_tensor(array, "f.npz: x");
      ADD_FAILURE();
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("f.npz: x: element 2", 0), 0U) << error.what();
    }
  }
}

TEST(Idx, ParsesAndRefuses) {
  const std::vector<std::uint8_t> good{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
  const auto idx = parse_idx(good, "x");
  EXPECT_EQ(idx.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(idx.values, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_THROW(parse_idx({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}, "x"), InputError) << length;
  auto longer = good;
  longer.push_back(7);
  EXPECT_THROW(parse_idx(longer, "x"), InputError);
  auto floats = good;
  floats[2] = 0x0d;
  EXPECT_THROW(parse_idx(floats, "x"), InputError);
  const std::vector<std::uint8_t> absurd{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1};
  EXPECT_THROW(parse_idx(absurd, "x"), InputError);
}

}  // namespace
}  // namespace binade::sim
