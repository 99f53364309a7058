// SPDX-License-Identifier: Apache-2.0
// The database of points: what was put in comes out, and other files are refused.
#include "sim/explore/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/numerics/error.h"
#include "sim/explore/metrics.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(testing::TempDir()) / ("store_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void sql(const char* text) const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open((folder_ / "a.db").c_str(), &handle), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle, text, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  }
  std::string refusal() const {
    try {
      const Store store(folder_ / "a.db");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

StoredPoint some_point(const std::string& identity) {
  StoredPoint point{.identity = identity, .done = true, .axes = R"({"core.rows":8})", .config = "{}", .components = "{}"};
  point.metrics.resize(metrics().size());
  point.metrics[find_metric("total_cycles").value()] = std::int64_t{12345};
  point.metrics[find_metric("energy.total_pj").value()] = 1.5;
  point.metrics[find_metric("output.sqnr_db").value()] = HUGE_VAL;
  point.metrics[find_metric("output.max_ulp").value()] = std::nan("");
  point.metrics[find_metric("complete").value()] = true;
  point.metrics[find_metric("format").value()] = std::string("posit8");
  return point;
}

TEST_F(StoreTest, WhatGoesInComesOut) {
  {
    Store store(folder_ / "a.db");
    store.put(some_point("one"));
    store.put({.identity = "two", .done = false, .reason = "too small", .axes = "{}", .config = "{}"});
  }
  Store store(folder_ / "a.db");
  EXPECT_EQ(store.count(), 2);
  EXPECT_FALSE(store.find("three"));
  const auto one = store.find("one");
  ASSERT_TRUE(one);
  const auto expected = some_point("one");
  EXPECT_TRUE(one->done);
  EXPECT_EQ(one->axes, expected.axes);
  for (std::size_t i = 0; i < metrics().size(); ++i)
    if (metrics()[i].name == "output.max_ulp")
      EXPECT_TRUE(std::isnan(std::get<double>(one->metrics[i])));
    else
      EXPECT_EQ(one->metrics[i], expected.metrics[i]) << metrics()[i].name;
  EXPECT_EQ(cells_from_bytes(cells_to_bytes(some_point("x").metrics)).size(), metrics().size());
  const auto two = store.find("two");
  ASSERT_TRUE(two);
  EXPECT_FALSE(two->done);
  EXPECT_EQ(two->reason, "too small");
}

TEST_F(StoreTest, OtherFilesAreRefused) {
  std::ofstream(folder_ / "a.db") << "no database at all, but more than a header's bytes: " << std::string(200, 'x');
  EXPECT_NE(refusal().find("no database of `binade explore`"), std::string::npos) << refusal();
  fs::remove(folder_ / "a.db");
  sql("CREATE TABLE others(x)");
  EXPECT_NE(refusal().find("no database of `binade explore`"), std::string::npos) << refusal();
  fs::remove(folder_ / "a.db");
  sql("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES('schema_version', '99')");
  EXPECT_NE(refusal().find("schema_version 99; allowed: 1"), std::string::npos) << refusal();
}

TEST_F(StoreTest, ADatabaseOfFewerColumnsGetsTheOthers) {
  { Store store(folder_ / "a.db"); }
  sql("ALTER TABLE points DROP COLUMN \"energy.total_pj\"");
  Store store(folder_ / "a.db");
  store.put(some_point("one"));
  EXPECT_EQ(store.find("one")->metrics[find_metric("energy.total_pj").value()], Cell(1.5));
}

TEST_F(StoreTest, AFolderIsOfOneProcess) {
  const FolderLock lock(folder_);
  EXPECT_THROW(FolderLock{folder_}, InputError);
  EXPECT_THROW(FolderLock{folder_ / "missing"}, InputError);
}

}  // namespace
}  // namespace binade::sim
