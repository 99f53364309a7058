// SPDX-License-Identifier: Apache-2.0
// NumPy's .npz: a zip archive of .npy members.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/layers/tensor.h"
#include "sim/data/npy.h"

namespace binade::sim {

/// Members by name without the `.npy`. Throws InputError naming the file and the member.
std::map<std::string, NpyArray> read_npz(const std::filesystem::path& file);

/// `members`: name without `.npy` and the npy bytes. Deflated; the same members give the same bytes. Replaces `file` in one
/// step; throws InputError where it cannot be written.
void write_npz(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::vector<std::byte>>>& members);

/// Numbers of a member as a tensor. Throws InputError naming file, member and index where one is NaN or infinite.
layers::Tensor to_tensor(const NpyArray& array, const std::string& where);

}  // namespace binade::sim
