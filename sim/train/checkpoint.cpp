// SPDX-License-Identifier: Apache-2.0
#include "sim/train/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/data/npz.h"
#include "sim/host/digest.h"
#include "sim/report/training_json.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSession = "session/";
constexpr const char* kIdentity = "identity";
constexpr const char* kVersion = "version";
constexpr const char* kState = "state";
constexpr const char* kChecksum = "checksum";

using Arrays = std::map<std::string, SavedArray>;

SavedArray text_array(const std::string& text) {
  return saved(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
SavedArray bytes_of(const Json& json) { return text_array(json.dump()); }
Json json_of(const SavedArray& array) {
  const auto bytes = values_of<std::uint8_t>(array);
  return Json::parse(bytes.begin(), bytes.end());
}

Json to_json(const TrainState& state) {
  return {{"step", state.step},
          {"epoch", state.epoch},
          {"position", state.position},
          {"loss_sum", state.loss_sum},
          {"lr", state.lr},
          {"seconds", state.seconds},
          {"correct", state.correct},
          {"current", tensors_to_json(state.current)},
          {"history", history_to_json(state.history)},
          {"tensors", tensors_to_json(state.tensors)},
          {"exponents", exponents_to_json(state.exponents)}};
}

TrainState state_from_json(const Json& json) {
  TrainState state;
  json.at("step").get_to(state.step);
  json.at("epoch").get_to(state.epoch);
  json.at("position").get_to(state.position);
  json.at("loss_sum").get_to(state.loss_sum);
  json.at("lr").get_to(state.lr);
  json.at("seconds").get_to(state.seconds);
  json.at("correct").get_to(state.correct);
  state.current = tensors_from_json(json.at("current"));
  state.history = history_from_json(json.at("history"));
  state.tensors = tensors_from_json(json.at("tensors"));
  state.exponents = exponents_from_json(json.at("exponents"));
  return state;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw InputError(fmt::format("{}: {}; allowed: a checkpoint as `binade train` has written it", printable(file.string()), what));
}

/// SHA-256 of all arrays but the checksum, each by its name, type, shape and bytes.
std::string checksum_of(const Arrays& arrays) {
  Digest digest;
  for (const auto& [name, array] : arrays) {
    if (name == kChecksum) continue;
    digest.update(fmt::format("{}:{}{}({}){}:", name.size(), name, array.type, fmt::join(array.shape, ","), array.bytes.size()));
    digest.update(array.bytes);
  }
  return digest.hex();
}

std::string value_of(const RunIdentity& identity, const std::string& name) {
  const auto found = std::find_if(identity.begin(), identity.end(), [&](const auto& each) { return each.first == name; });
  return found == identity.end() ? "absent" : found->second;
}

}  // namespace

std::vector<std::string> differences(const RunIdentity& run, const RunIdentity& other) {
  std::vector<std::string> names, lines;
  for (const auto* identity : {&run, &other})
    for (const auto& [name, value] : *identity)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const auto& name : names) {
    const auto ours = value_of(run, name), theirs = value_of(other, name);
    if (ours != theirs) lines.push_back(fmt::format("{} is {}, there {}", name, ours, theirs));
  }
  return lines;
}

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  Json identity = Json::array();
  for (const auto& [name, value] : checkpoint.identity) identity.push_back({name, value});
  Arrays arrays{
      {kIdentity, bytes_of(identity)}, {kVersion, bytes_of(checkpoint.version)}, {kState, bytes_of(to_json(checkpoint.state))}};
  for (const auto& [name, array] : checkpoint.session) arrays.emplace(std::string(kSession) + name, array);
  arrays.emplace(kChecksum, text_array(checksum_of(arrays)));
  NpzMembers members;
  for (const auto& [name, array] : arrays) members.emplace_back(name, make_npy(array));
  write_durable_npz(file, members);
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  NpzReader reader(file);
  for (const char* const name : {kIdentity, kVersion, kState, kChecksum})
    if (!reader.contains(name)) refuse(file, fmt::format("no array '{}'", name));
  Arrays arrays;
  for (const auto& name : reader.names()) arrays.emplace(name, reader.read_saved(name));
  if (arrays.at(kChecksum) != text_array(checksum_of(arrays))) refuse(file, "its checksum is not that of its arrays");
  const char* part = kIdentity;
  try {
    Checkpoint checkpoint;
    for (const auto& pair : json_of(arrays.at(kIdentity)))
      checkpoint.identity.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
    part = kVersion;
    json_of(arrays.at(kVersion)).get_to(checkpoint.version);
    part = kState;
    checkpoint.state = state_from_json(json_of(arrays.at(kState)));
    for (auto& [name, array] : arrays)
      if (name.starts_with(kSession)) checkpoint.session.emplace(name.substr(kSession.size()), std::move(array));
    return checkpoint;
  } catch (const nlohmann::json::exception&) {  // whose words say nothing to a user
  } catch (const InputError&) {                 // of a cell
  }
  refuse(file, fmt::format("array '{}' is not what it should be", part));
}

}  // namespace binade::sim
