// SPDX-License-Identifier: Apache-2.0
#include "sim/report/sweep_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/report/cell_json.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr int kPatienceMs = 5000;  ///< while a writer holds the lock

/// A database open for reading. Every problem is an InputError that names the file.
class Database {
 public:
  explicit Database(std::string file) : file_(std::move(file)) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file_.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) fail();
    sqlite3_busy_timeout(handle, kPatienceMs);
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw InputError(fmt::format("{}: {}; allowed: the database of a `binade explore` of this version", printable(file_), why));
  }
  [[noreturn]] void fail() const { fail(sqlite3_errmsg(handle_.get())); }

  /// Calls `row` with the statement at each of its rows.
  template <typename Row>
  void each(const std::string& query, Row row) const {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), query.c_str(), -1, &raw, nullptr) != SQLITE_OK) fail();
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw, sqlite3_finalize);
    int code = 0;
    while ((code = sqlite3_step(raw)) == SQLITE_ROW) row(*raw);
    if (code != SQLITE_DONE) fail();
  }

  Json json(const std::string& text, const char* what) const {
    auto json = Json::parse(text, nullptr, false);
    if (!json.is_structured()) fail(fmt::format("{}: no JSON object or list", what));
    return json;
  }

 private:
  std::string file_;
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle_{nullptr, sqlite3_close};
};

std::string text_of(sqlite3_stmt& row, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(&row, column));
  return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(&row, column)));
}

Json value_of(sqlite3_stmt& row, int column, bool is_flag) {
  switch (sqlite3_column_type(&row, column)) {
    case SQLITE_INTEGER:
      return is_flag ? Json(sqlite3_column_int64(&row, column) != 0) : Json(sqlite3_column_int64(&row, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(&row, column);
    case SQLITE_NULL:
      return {};
    default:
      return text_of(row, column);
  }
}

struct Metric {
  std::string type, unit, meaning;
};

/// The metrics that say what was run rather than what came of it.
bool is_word(const std::string& name, const Metric& metric) {
  static const std::set<std::string> words{"seed", "samples", "batch", "schema_version"};
  return metric.type == "text" || metric.type == "boolean" || words.contains(name);
}

std::string word_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

class SweepReader {
 public:
  SweepReader(const std::filesystem::path& file, std::string source, PageContent& content)
      : database_(file.string()), source_(std::move(source)), content_(content) {}

  SweepFacts read() {
    read_meta();
    database_.each("SELECT name, type, unit, meaning FROM columns", [&](sqlite3_stmt& row) {
      metrics_[text_of(row, 0)] = {text_of(row, 1), text_of(row, 2), text_of(row, 3)};
    });
    database_.each("SELECT * FROM points ORDER BY position IS NULL, position, rowid", [&](sqlite3_stmt& row) { add_point(row); });
    read_screened();
    return facts_;
  }

 private:
  /// The table is of sweeps that --screen has ranked.
  void read_screened() {
    bool there = false;
    database_.each("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'screened'",
                   [&](sqlite3_stmt&) { there = true; });
    if (!there) return;
    std::size_t others = 0, seen = 0;
    database_.each("SELECT count(*), sum(identity IS NULL OR identity = '') FROM screened", [&](sqlite3_stmt& row) {
      facts_.screened = static_cast<std::size_t>(sqlite3_column_int64(&row, 0));
      others = static_cast<std::size_t>(sqlite3_column_int64(&row, 1));
    });
    database_.each("SELECT axes, estimate, identity FROM screened ORDER BY position", [&](sqlite3_stmt& row) {
      const Json estimate = database_.json(text_of(row, 1), "estimate");
      if (const std::string identity = text_of(row, 2); !identity.empty()) {
        const auto point = rows_of_.find(identity);
        if (point != rows_of_.end()) add_estimates(estimate, "estimate.", point->second);
        return;
      }
      // Every k-th of them, so that there are not too many.
      const std::size_t at = seen++;
      if (others > kMostScreened && at * kMostScreened / others == (at + 1) * kMostScreened / others) return;
      ++facts_.screened_shown;
      const std::size_t shown = content_.rows.add("", "screened", source_);
      std::string name;
      add_object("axes", text_of(row, 0), shown, name);
      content_.rows.set(shown, "name", PageRole::Word, name);
      content_.rows.set(shown, "status", PageRole::Word, "screened");
      add_estimates(estimate, "", shown);
    });
  }

  void add_estimates(const Json& estimate, const std::string& before, std::size_t row) {
    for (const auto& [name, value] : estimate.items()) {
      const auto metric = metrics_.find(name);
      content_.rows.set(row, before + name, PageRole::Figure, value, metric == metrics_.end() ? "" : metric->second.unit,
                        before.empty() ? "" : "as it was ranked, before it was simulated");
    }
  }

  void read_meta() {
    std::map<std::string, std::string> meta;
    database_.each("SELECT key, value FROM meta", [&](sqlite3_stmt& row) { meta[text_of(row, 0)] = text_of(row, 1); });
    if (meta["schema_version"] != std::to_string(kVersion))
      database_.fail(
          fmt::format("schema version {}", meta["schema_version"].empty() ? "not said" : printable(meta["schema_version"])));
    if (meta["objectives"].empty()) return;
    auto& names = facts_.objective_columns;
    for (const auto& objective : database_.json(meta["objectives"], "its objectives")) {
      const std::string name = objective.value("name", ""), sense = objective.value("sense", "min");
      names.push_back(name);
      content_.better[name] = sense == "max" ? "more" : "less";
      facts_.objectives.push_back(fmt::format("{} ({})", name, sense == "max" ? "most" : "least"));
    }
    if (content_.x.empty() && content_.y.empty() && names.size() >= 2) {
      content_.x = names[0];
      content_.y = names[1];
    }
  }

  void add_point(sqlite3_stmt& point) {
    const std::size_t row = content_.rows.add("", "point", source_);
    auto& rows = content_.rows;
    const int count = sqlite3_column_count(&point);
    ++facts_.points;
    std::string name;
    for (int i = 0; i < count; ++i) {
      const std::string column = sqlite3_column_name(&point, i);
      const auto metric = metrics_.find(column);
      if (metric != metrics_.end()) {
        const auto& [type, unit, meaning] = metric->second;
        rows.set(row, column, is_word(column, metric->second) ? PageRole::Word : PageRole::Figure,
                 value_of(point, i, type == "boolean"), unit, meaning);
      } else if (column == "front" || column == "feasible") {
        rows.set(row, column, PageRole::Word, value_of(point, i, true));
      } else if (column == "axes" || column == "config" || column == "derived" || column == "energy.components_pj") {
        add_object(column, text_of(point, i), row, name);
      } else {
        rows.set(row, column, PageRole::Word, value_of(point, i, false));
      }
      if (column == "identity") rows_of_[text_of(point, i)] = row;
      if (column == "status") facts_.failed += text_of(point, i) == "failed" ? 1 : 0;
      if (column == "front") facts_.on_front += sqlite3_column_int(&point, i) == 1 ? 1 : 0;
      if (column == "position") facts_.outside += sqlite3_column_type(&point, i) == SQLITE_NULL ? 1 : 0;
    }
    rows.set(row, "name", PageRole::Word, name.empty() ? fmt::format("point {}", facts_.points) : name);
  }

  /// A column whose text is an object: its members are columns. Axes name the point.
  void add_object(const std::string& column, const std::string& text, std::size_t row, std::string& name) {
    if (text.empty()) return;
    const Json object = database_.json(text, column.c_str());
    for (const auto& [key, value] : object.items()) {
      if (column == "axes" || column == "config") {
        content_.rows.set(row, key, PageRole::Setting, value.is_string() ? setting_to_json(value.get<std::string>()) : value);
        if (column == "axes") name.append(name.empty() ? "" : ", ").append(word_of(value));
      } else {
        content_.rows.set(row, column == "derived" ? key : column + "." + key, PageRole::Figure, value,
                          column == "derived" ? "" : "pJ");
      }
    }
  }

  Database database_;
  std::string source_;
  PageContent& content_;
  SweepFacts facts_;
  std::map<std::string, Metric> metrics_;
  std::map<std::string, std::size_t> rows_of_;  ///< of points, by identity
};

}  // namespace

SweepFacts add_sweep(const std::filesystem::path& file, const std::string& source, PageContent& content) {
  return SweepReader(file, source, content).read();
}

}  // namespace binade::sim
