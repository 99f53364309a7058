// SPDX-License-Identifier: Apache-2.0
// The database of points (docs/explore.md). One process writes; what a put() has returned from is there whatever ends the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/cell.h"

namespace binade::sim {

inline constexpr int kStoreVersion = 1;

/// A row of `points`, less what a space says of it.
struct StoredPoint {
  std::string identity;
  bool done = false;
  std::string reason = {};                    ///< of a failed one
  std::string axes, config;                   ///< JSON objects
  std::string components = {};                ///< JSON object; of a failed one empty
  std::vector<Cell> metrics = {};             ///< as metrics() has them; of a failed one empty
  std::optional<std::int64_t> position = {};  ///< in the space that is explored; put() alone
};

/// What a space says of a row.
struct Placed {
  std::string identity;
  std::int64_t position = 0;
  std::optional<bool> front = {}, feasible = {};
  std::string derived = {};  ///< JSON object
};

/// A row of `screened`.
struct Screened {
  std::int64_t position = 0;
  std::string axes, estimate;
  bool front = false;
  std::string identity;  ///< empty: not simulated
};

class Store {
 public:
  /// Opens the file or makes it. Throws InputError where it cannot be, is no such database, or one of another version; so do all
  /// others where it is locked or the disk is full.
  explicit Store(const std::filesystem::path& file);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::int64_t count() const;
  /// By identity; derived from the metrics that the file knows.
  std::optional<StoredPoint> find(const std::string& identity);
  /// In place of one of that identity.
  void put(const StoredPoint& point);
  /// What the space explored last says of its points: others lose their place. All or nothing.
  void place(const std::vector<Placed>& placed);
  /// In place of what was screened before.
  void screen(const std::vector<Screened>& rows);
  /// Gives rows at those positions their identities.
  void name_screened(const std::vector<Screened>& rows);
  void say(const std::map<std::string, std::string>& meta);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

/// Holds a folder for one process at a time.
class FolderLock {
 public:
  /// Throws InputError where another process explores there.
  explicit FolderLock(const std::filesystem::path& directory);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace binade::sim
