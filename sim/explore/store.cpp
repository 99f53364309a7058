// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/explore/metrics.h"

namespace binade::sim {
namespace {

constexpr int kPatienceMs = 10'000;  // for another process's transaction
constexpr const char* kTables = R"(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS columns(name TEXT PRIMARY KEY, type TEXT NOT NULL, unit TEXT NOT NULL, meaning TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS points(identity TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT, position INTEGER, front INTEGER,
  feasible INTEGER, axes TEXT NOT NULL, config TEXT NOT NULL, derived TEXT, "energy.components_pj" TEXT);
CREATE TABLE IF NOT EXISTS screened(position INTEGER PRIMARY KEY, axes TEXT NOT NULL, estimate TEXT NOT NULL, front INTEGER NOT NULL,
  identity TEXT);
)";
constexpr const char* kOwnColumns = R"(identity, status, reason, axes, config, "energy.components_pj", position)";
constexpr int kOwn = 7;

std::string sql_type(ColumnType type) { return type == ColumnType::Text ? "TEXT" : type == ColumnType::Real ? "REAL" : "INTEGER"; }

}  // namespace

struct Store::Database {
  std::string name;
  sqlite3* handle = nullptr;
  sqlite3_stmt *put = nullptr, *find = nullptr;

  ~Database() {
    sqlite3_finalize(put);
    sqlite3_finalize(find);
    sqlite3_close(handle);
  }

  [[noreturn]] void fail(int code) const {
    switch (code & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        throw InputError(fmt::format("{}: locked by another process; allowed: one that writes at a time", name));
      case SQLITE_FULL:
      case SQLITE_IOERR:
        throw InputError(fmt::format("{}: cannot write: {}; allowed: a disk with room; points that finished are kept", name,
                                     sqlite3_errmsg(handle)));
      case SQLITE_NOTADB:
      case SQLITE_CORRUPT:
        throw InputError(fmt::format("{}: no database of `binade explore`; allowed: one, or another file", name));
      default:
        throw InputError(
            fmt::format("{}: {}; allowed: a database of `binade explore` that can be written", name, sqlite3_errmsg(handle)));
    }
  }
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) fail(code);
  }
  void execute(const std::string& sql) const { check(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr));
    return statement;
  }
  bool step(sqlite3_stmt* statement) const {
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      sqlite3_reset(statement);
      fail(code);
    }
    return code == SQLITE_ROW;
  }
};

namespace {

/// A statement until the end of the block.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  operator sqlite3_stmt*() const { return statement_; }

 private:
  sqlite3_stmt* statement_;
};

/// One use of a statement, ready again at the end of each use.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  operator sqlite3_stmt*() const { return statement_; }

  void bind_text(int at, std::string_view text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  void bind_integer(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
  void bind_truth(int at, const std::optional<bool>& value) {
    if (value) sqlite3_bind_int(statement_, at, *value ? 1 : 0);
  }
  /// Absent ones stay NULL; SQLite has no infinity in text and makes NULL of NaN, so both are words.
  void bind_cell(int at, const Cell& cell) {
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string>)
            bind_text(at, value);
          else if constexpr (std::is_same_v<T, double>) {
            if (std::isfinite(value))
              sqlite3_bind_double(statement_, at, value);
            else
              bind_text(at, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
          } else if constexpr (!std::is_same_v<T, std::monostate>)
            bind_integer(at, static_cast<std::int64_t>(value));
        },
        cell);
  }

  std::string text(int at) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, at));
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, at)));
  }
  Cell cell(int at, ColumnType type) const {
    switch (sqlite3_column_type(statement_, at)) {
      case SQLITE_NULL:
        return {};
      case SQLITE_INTEGER:
        if (type == ColumnType::Flag) return sqlite3_column_int64(statement_, at) != 0;
        return static_cast<std::int64_t>(sqlite3_column_int64(statement_, at));
      case SQLITE_FLOAT:
        return sqlite3_column_double(statement_, at);
      default:
        if (type != ColumnType::Real) return text(at);
        return text(at) == "nan" ? std::nan("") : text(at) == "inf" ? HUGE_VAL : -HUGE_VAL;
    }
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

Store::Store(const std::filesystem::path& file) : database_(std::make_unique<Database>()) {
  Database& db = *database_;
  db.name = printable(file.string());
  const int code = sqlite3_open_v2(file.c_str(), &db.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (code != SQLITE_OK)
    throw InputError(fmt::format("{}: cannot open it: {}; allowed: a file that can be written", db.name,
                                 db.handle != nullptr ? sqlite3_errmsg(db.handle) : "no memory"));
  sqlite3_busy_timeout(db.handle, kPatienceMs);
  std::set<std::string> tables;
  {
    const Statement query(db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'"));
    Use use(query);
    while (db.step(use)) tables.insert(use.text(0));
  }
  if (!tables.empty() && !tables.contains("meta"))
    throw InputError(fmt::format("{}: no database of `binade explore`; allowed: one, or another file", db.name));
  if (!tables.empty()) {
    const Statement query(db.prepare("SELECT value FROM meta WHERE key = 'schema_version'"));
    Use use(query);
    const std::string version = db.step(use) ? use.text(0) : "none";
    if (version != std::to_string(kStoreVersion))
      throw InputError(
          fmt::format("{}: schema_version {}; allowed: {}, or another file", db.name, printable(version), kStoreVersion));
  }
  // Points that finished are in the log as each transaction ends: a process that is killed loses none.
  db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  db.execute(fmt::format("BEGIN IMMEDIATE; {}", kTables));
  db.execute(fmt::format("INSERT OR REPLACE INTO meta VALUES('schema_version', '{}')", kStoreVersion));
  std::set<std::string> known;
  {
    const Statement query(db.prepare("SELECT name FROM pragma_table_info('points')"));
    Use use(query);
    while (db.step(use)) known.insert(use.text(0));
  }
  std::string names, places, described = "INSERT OR REPLACE INTO columns VALUES(?, ?, ?, ?)";
  const Statement describe(db.prepare(described));
  for (const Metric& metric : metrics()) {
    if (!known.contains(metric.name))
      db.execute(fmt::format("ALTER TABLE points ADD COLUMN \"{}\" {}", metric.name, sql_type(metric.column->type)));
    names += fmt::format(", \"{}\"", metric.name);
    places += ", ?";
    Use use(describe);
    use.bind_text(1, metric.name);
    use.bind_text(2, type_text(metric.column->type));
    use.bind_text(3, metric.column->unit);
    use.bind_text(4, metric.column->meaning);
    db.step(use);
  }
  db.execute("COMMIT");
  db.put =
      db.prepare(fmt::format("INSERT OR REPLACE INTO points({0}{1}) VALUES(?, ?, ?, ?, ?, ?, ?{2})", kOwnColumns, names, places));
  db.find = db.prepare(fmt::format("SELECT {0}{1} FROM points WHERE identity = ?", kOwnColumns, names));
}

Store::~Store() = default;

std::int64_t Store::count() const {
  const Statement query(database_->prepare("SELECT count(*) FROM points"));
  Use use(query);
  database_->step(use);
  return sqlite3_column_int64(use, 0);
}

std::optional<StoredPoint> Store::find(const std::string& identity) {
  Use use(database_->find);
  use.bind_text(1, identity);
  if (!database_->step(use)) return std::nullopt;
  StoredPoint point{.identity = use.text(0),
                    .done = use.text(1) == "done",
                    .reason = use.text(2),
                    .axes = use.text(3),
                    .config = use.text(4),
                    .components = use.text(5)};
  if (point.done)
    for (std::size_t i = 0; i < metrics().size(); ++i)
      point.metrics.push_back(use.cell(kOwn + static_cast<int>(i), metrics()[i].column->type));
  return point;
}

void Store::put(const StoredPoint& point) {
  Use use(database_->put);
  use.bind_text(1, point.identity);
  use.bind_text(2, std::string_view(point.done ? "done" : "failed"));
  if (!point.done) use.bind_text(3, point.reason);
  use.bind_text(4, point.axes);
  use.bind_text(5, point.config);
  if (!point.components.empty()) use.bind_text(6, point.components);
  if (point.position) use.bind_integer(7, *point.position);
  for (std::size_t i = 0; i < point.metrics.size(); ++i) use.bind_cell(kOwn + 1 + static_cast<int>(i), point.metrics[i]);
  database_->step(use);
}

void Store::place(const std::vector<Placed>& placed) {
  Database& db = *database_;
  db.execute("BEGIN IMMEDIATE; UPDATE points SET position = NULL, front = NULL, feasible = NULL, derived = NULL");
  const Statement update(db.prepare("UPDATE points SET position = ?, front = ?, feasible = ?, derived = ? WHERE identity = ?"));
  for (const auto& row : placed) {
    Use use(update);
    use.bind_integer(1, row.position);
    use.bind_truth(2, row.front);
    use.bind_truth(3, row.feasible);
    if (!row.derived.empty()) use.bind_text(4, row.derived);
    use.bind_text(5, row.identity);
    db.step(use);
  }
  db.execute("COMMIT");
}

void Store::screen(const std::vector<Screened>& rows) {
  Database& db = *database_;
  db.execute("BEGIN IMMEDIATE; DELETE FROM screened");
  const Statement insert(db.prepare("INSERT INTO screened VALUES(?, ?, ?, ?, ?)"));
  for (const auto& row : rows) {
    Use use(insert);
    use.bind_integer(1, row.position);
    use.bind_text(2, row.axes);
    use.bind_text(3, row.estimate);
    use.bind_integer(4, std::int64_t{row.front});
    if (!row.identity.empty()) use.bind_text(5, row.identity);
    db.step(use);
  }
  db.execute("COMMIT");
}

void Store::name_screened(const std::vector<Screened>& rows) {
  Database& db = *database_;
  db.execute("BEGIN IMMEDIATE");
  const Statement update(db.prepare("UPDATE screened SET identity = ? WHERE position = ?"));
  for (const auto& row : rows) {
    Use use(update);
    use.bind_text(1, row.identity);
    use.bind_integer(2, row.position);
    db.step(use);
  }
  db.execute("COMMIT");
}

void Store::say(const std::map<std::string, std::string>& meta) {
  Database& db = *database_;
  db.execute("BEGIN IMMEDIATE");
  const Statement insert(db.prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)"));
  for (const auto& [key, value] : meta) {
    Use use(insert);
    use.bind_text(1, key);
    use.bind_text(2, value);
    db.step(use);
  }
  db.execute("COMMIT");
}

FolderLock::FolderLock(const std::filesystem::path& directory)
    : descriptor_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0)
    throw InputError(fmt::format("--out {}: {}; allowed: a folder", printable(directory.string()), std::strerror(errno)));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(std::exchange(descriptor_, -1));
  throw InputError(fmt::format("--out {}: another process explores there; allowed: another folder, or wait for its end",
                               printable(directory.string())));
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace binade::sim
