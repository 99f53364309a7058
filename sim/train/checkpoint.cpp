// SPDX-License-Identifier: Apache-2.0
#include "sim/train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "models/numerics/error.h"
#include "sim/data/npz.h"
#include "sim/report/training_json.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSession = "session/";

SavedArray bytes_of(const Json& json) {
  const auto text = json.dump();
  return saved(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
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
          {"tensors", tensors_to_json(state.tensors)}};
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
  return state;
}

std::string value_of(const RunIdentity& identity, const std::string& name) {
  const auto found = std::find_if(identity.begin(), identity.end(), [&](const auto& each) { return each.first == name; });
  return found == identity.end() ? "absent" : found->second;
}

}  // namespace

std::vector<std::string> differences(const RunIdentity& run, const RunIdentity& checkpoint) {
  std::vector<std::string> names, lines;
  for (const auto* identity : {&run, &checkpoint})
    for (const auto& [name, value] : *identity)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const auto& name : names) {
    const auto ours = value_of(run, name), theirs = value_of(checkpoint, name);
    if (ours != theirs) lines.push_back(fmt::format("{} is {}, in the checkpoint {}", name, ours, theirs));
  }
  return lines;
}

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  Json identity = Json::array();
  for (const auto& [name, value] : checkpoint.identity) identity.push_back({name, value});
  NpzMembers members{{"identity", make_npy(bytes_of(identity))},
                     {"version", make_npy(bytes_of(checkpoint.version))},
                     {"state", make_npy(bytes_of(to_json(checkpoint.state)))}};
  for (const auto& [name, array] : checkpoint.session) members.emplace_back(std::string(kSession) + name, make_npy(array));
  write_durable_npz(file, members);
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  NpzReader arrays(file);
  const auto read = [&](const char* name) {
    if (!arrays.contains(name))
      throw InputError(fmt::format("{}: no array '{}'; allowed: a checkpoint of `binade train`", file.string(), name));
    return json_of(arrays.read_saved(name));
  };
  try {
    Checkpoint checkpoint;
    for (const auto& pair : read("identity"))
      checkpoint.identity.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
    read("version").get_to(checkpoint.version);
    checkpoint.state = state_from_json(read("state"));
    for (const auto& name : arrays.names())
      if (name.starts_with(kSession)) checkpoint.session.emplace(name.substr(kSession.size()), arrays.read_saved(name));
    return checkpoint;
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("{}: {}; allowed: a checkpoint of `binade train`", file.string(), error.what()));
  }
}

}  // namespace binade::sim
