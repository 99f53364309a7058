// SPDX-License-Identifier: Apache-2.0
// The line of the accuracy model, its file, and the file of measurements.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "sim/search/accuracy_model.h"
#include "sim/search/measures.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

class ModelFile : public testing::Test {
 protected:
  ModelFile() { fs::create_directories(folder); }
  ~ModelFile() override { fs::remove_all(folder); }
  fs::path written(const std::string& text) {
    std::ofstream(folder / "file.json") << text;
    return folder / "file.json";
  }
  const fs::path folder = fs::temp_directory_path() / ("binade_search_" + std::to_string(::getpid()));
};

TEST(AccuracyModel, IsTheLineThroughTheOtherNetworks) {
  const std::vector<ModelPoint> points{
      {"a", "e4m3", 0, 0.1}, {"a", "e4m4", 1, 0.9}, {"b", "e4m3", 0.5, 0.5}, {"target", "e4m3", 0.5, 0}};
  const auto line = fit_line(points, "target", LineKind::Free);
  EXPECT_NEAR(line.slope, 0.8, 1e-12);
  EXPECT_NEAR(line.intercept, 0.1, 1e-12);
  EXPECT_NEAR(line.correlation, 1, 1e-12);
  EXPECT_EQ(line.networks, (std::vector<std::string>{"a", "b"}));
  EXPECT_NEAR(line.predict(0.25), 0.3, 1e-12);
  EXPECT_EQ(line.predict(2), 1);
  EXPECT_EQ(line.predict(-2), 0);
  // With the target among them it would be another line.
  EXPECT_NE(fit_line(points, "nobody", LineKind::Free).intercept, line.intercept);
}

TEST(AccuracyModel, IsAnchoredWhereNothingIsRounded) {
  // Losses 0.5 and 1 at 0.5 and 1 of r2 lacking: the slope is 1, wherever a free line would go.
  const auto line = fit_line({{"a", "x", 0.5, 0.5}, {"a", "y", 0, 0}, {"t", "x", 0.5, 0}}, "t", LineKind::Anchored);
  EXPECT_NEAR(line.slope, 1, 1e-12);
  EXPECT_NEAR(line.predict(1), 1, 1e-12);
  // Of noisy points it is the least squares of losses: (0.5 x 0.25 + 1 x 1) / (0.25 + 1).
  const auto noisy = fit_line({{"a", "x", 0.5, 0.75}, {"a", "y", 0, 0}}, "t", LineKind::Anchored);
  EXPECT_NEAR(noisy.slope, 0.9, 1e-12);
  EXPECT_NEAR(noisy.predict(0.5), 0.55, 1e-12);
}

TEST(AccuracyModel, NeedsTwoPointsOfOthers) {
  EXPECT_THROW(fit_line({}, "t", LineKind::Anchored), InputError);
  EXPECT_THROW(fit_line({{"a", "x", 0.5, 1}, {"a", "y", 0.5, 0}}, "t", LineKind::Free), InputError);
  EXPECT_THROW(fit_line({{"t", "x", 0.1, 1}, {"t", "y", 0.5, 0}}, "t", LineKind::Anchored), InputError);
}

TEST_F(ModelFile, ComesBackAsItWas) {
  const std::vector<ModelPoint> points{{"a", "e4m3", 0.25, 0.125}, {"b", "posit8", 1, 1.01}};
  EXPECT_EQ(read_model(written(model_to_json(points).dump())), points);
}

TEST_F(ModelFile, SaysWhatIsWrongWithIt) {
  const auto message = [&](const std::string& text) -> std::string {
    try {
      read_model(written(text));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const std::string head = R"({"schema": "binade-search-model", "schema_version": 1)";
  EXPECT_NE(message("[").find("no such document"), std::string::npos);
  EXPECT_NE(message(R"({"schema": "binade-search-model", "schema_version": 2})").find("another version"), std::string::npos);
  EXPECT_NE(message(head + "}").find("points: no list"), std::string::npos);
  EXPECT_NE(message(head + R"(, "points": [{"network": "a", "format": "f", "r2": "1", "accuracy": 1}]})").find("points[0].r2"),
            std::string::npos);
  EXPECT_NE(message(head + R"(, "points": [{"network": "a", "format": "f", "r2": 2, "accuracy": 1}]})").find("outside 0 to 1"),
            std::string::npos);
  EXPECT_NE(message(head + R"(, "points": [{"network": 1, "format": "f", "r2": 1, "accuracy": 1}]})").find("points[0].network"),
            std::string::npos);
  EXPECT_THROW(read_model(folder / "absent"), InputError);
}

TEST_F(ModelFile, OfMeasurementsHoldsThem) {
  const fs::path file = folder / "measures.json";
  {
    Measures measures(file);
    measures.put("a", {.value = 0.5, .seconds = 2});
    measures.put("b", {.value = 7, .seconds = 1});
    measures.flush();
  }
  const Measures again(file);
  EXPECT_EQ(again.size(), 2U);
  EXPECT_EQ(again.find("b")->value, 7);
  EXPECT_EQ(again.find("a")->seconds, 2);
  EXPECT_FALSE(again.find("c"));
  EXPECT_THROW(Measures(written("{}")), InputError);
}

}  // namespace
}  // namespace binade::sim
