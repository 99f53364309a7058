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

#include "models/operations/tensor.h"
#include "sim/data/npy.h"

namespace binade::sim {

/// An archive that is open. Nothing is inflated but what is asked for, and no more memory is taken than data has come.
class NpzReader {
 public:
  /// Reads the directory. Throws InputError naming the file (and the member), as all of this does.
  explicit NpzReader(std::filesystem::path file);
  ~NpzReader();
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;

  const std::string& file() const { return file_; }
  /// Names of the members, without the `.npy`, sorted.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const { return members_.contains(name); }
  /// Of a member that is there: its header alone, with the size that the directory states checked against it.
  NpyHeader header(const std::string& name);
  /// The whole member; `rows`: that many along the first axis, all where absent.
  NpyArray read(const std::string& name, std::optional<std::int64_t> rows = {});

 private:
  struct Archive;
  std::string where(const std::string& name) const;

  std::string file_;
  std::unique_ptr<Archive> archive_;
  std::map<std::string, std::uint64_t> members_;  ///< index in the archive
};

/// `members`: name without `.npy` and the npy bytes. Deflated; the same members give the same bytes.
std::vector<std::byte> make_npz(const std::vector<std::pair<std::string, std::vector<std::byte>>>& members);
/// The same into `file`, which is whole or not there; throws InputError where it cannot be written.
void write_npz(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::vector<std::byte>>>& members);

/// Numbers of a member as a tensor. Throws InputError naming file, member and index where one is NaN or infinite.
operations::Tensor to_tensor(const NpyArray& array, const std::string& where);

}  // namespace binade::sim
