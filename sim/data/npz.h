// SPDX-License-Identifier: Apache-2.0
// NumPy's .npz: a zip archive of .npy members.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/data/array_file.h"

namespace binade::sim {

/// Nothing is inflated but what is asked for.
class NpzReader final : public ArrayFile {
 public:
  /// Reads the directory.
  explicit NpzReader(const std::filesystem::path& file);
  ~NpzReader() override;

  /// Names of the members, without the `.npy`.
  std::vector<std::string> names() const override;
  bool contains(const std::string& name) const override { return members_.contains(name); }
  /// The member's header alone, with the size that the directory states checked against it.
  ArrayHeader header(const std::string& name) override;
  /// A member bit for bit.
  SavedArray read_saved(const std::string& name);

 private:
  struct Archive;
  std::string where(const std::string& name) const;
  NpyArray read_rows(const std::string& name, std::optional<std::int64_t> rows, const Take& take) override;

  std::unique_ptr<Archive> archive_;
  std::map<std::string, std::uint64_t> members_;  ///< index in the archive
};

using NpzMembers = std::vector<std::pair<std::string, std::vector<std::byte>>>;
enum class Deflate { Best, Fast };  ///< zlib's levels 9 and 1

/// `members`: name without `.npy` and the npy bytes. The same members give the same bytes.
std::vector<std::byte> make_npz(const NpzMembers& members, Deflate deflate = Deflate::Best);
/// The same into `file`, which is whole or not there; throws InputError where it cannot be written.
void write_npz(const std::filesystem::path& file, const NpzMembers& members);
/// And survives a loss of power from then on (OutputFile::sync): what was there before stays until the new one is safe.
void write_durable_npz(const std::filesystem::path& file, const NpzMembers& members);

}  // namespace binade::sim
