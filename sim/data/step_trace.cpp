// SPDX-License-Identifier: Apache-2.0
#include "sim/data/step_trace.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "models/exponent/delayed_scale.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/programs/storage.h"
#include "models/spec/ranges.h"
#include "sim/data/json_whole.h"
#include "sim/data/npz.h"
#include "sim/data/step_product_json.h"
#include "sim/import/network_yaml.h"

namespace binade::sim {
namespace {

using numerics::EncodedTensor;
using programs::RecordedStep;
using Json = nlohmann::ordered_json;

constexpr std::string_view kSession = "session/", kExponent = ".exponent";

std::string key_of(std::uint64_t step, const std::string& tensor) { return fmt::format("step{}.{}", step, tensor); }

/// UTF-8 bytes.
std::vector<std::byte> npy_of(const std::string& text) {
  return make_npy(saved(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())));
}

Json to_json(const StepFacts& facts) {
  Json keys = Json::object();
  for (const auto& [key, value] : facts.keys) keys[key] = value;
  return {{"recipe", facts.recipe}, {"step", facts.step}, {"seed", facts.seed},      {"learning_rate", facts.learning_rate},
          {"loss", facts.loss},     {"config", keys},     {"formats", facts.formats}};
}
StepFacts facts_from(const Json& json) {
  StepFacts facts{.recipe = json.at("recipe"),
                  .keys = {},
                  .step = whole<std::uint64_t>(json, "step"),
                  .seed = whole<std::uint64_t>(json, "seed"),
                  .learning_rate = json.at("learning_rate"),
                  .loss = json.at("loss"),
                  .formats = json.at("formats")};
  for (const auto& [key, value] : json.at("config").items()) facts.keys.emplace_back(key, value.get<std::string>());
  return facts;
}

Json tensors_to_json(const RecordedStep& recorded) {
  Json all = Json::object();
  for (const auto& [name, tensor] : recorded.tensors) {
    Json names = Json::array();
    for (const auto& [further, first] : recorded.names)
      if (first == name) names.push_back(further);
    all[name] = {{"format", numerics::to_string(tensor.format)}, {"class", recorded.classes.at(name)}, {"names", names}};
  }
  return all;
}

/// Messages name the file and the member.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : archive_(file) {}

  StepTrace read(StepParts parts) {
    StepTrace trace;
    try {
      const Json json = json_of(kStepMember);
      trace.facts = facts_from(json.at("facts"));
      for (const auto& [name, tensor] : json.at("tensors").items()) read_tensor(trace, name, tensor);
      for (const Json& product : json.at("products")) trace.recorded.products.push_back(step_product_from_json(product));
    } catch (const nlohmann::json::exception& error) {
      fail(kStepMember, error.what());
    } catch (const InputError& error) {
      if (std::string_view(error.what()).starts_with(archive_.file())) throw;
      fail(kStepMember, error.what());
    }
    for (const programs::StepProduct& product : trace.recorded.products)
      if (const auto problem = product_problem(product, trace.recorded.tensors); !problem.empty())
        fail(kStepMember, fmt::format("product {}: {}", product.name, problem));
    if (parts == StepParts::Products) return trace;
    trace.start = load_trace(archive_.file());
    for (const auto& name : archive_.names())
      if (name.starts_with(kSession)) trace.session.emplace(name.substr(kSession.size()), archive_.read_saved(name));
    return trace;
  }

 private:
  [[noreturn]] void fail(const std::string& member, const std::string& what) const {
    throw InputError(fmt::format("{}: {}: {}; allowed: a trace of `binade trace --step` (traces/README.md)", archive_.file(),
                                 printable(member), printable(what)));
  }

  SavedArray array(const std::string& name) {
    if (!archive_.contains(name)) fail(name, "is missing");
    return archive_.read_saved(name);
  }
  template <class T>
  std::vector<T> values(const std::string& name) {
    const SavedArray stored = array(name);
    try {
      return values_of<T>(stored);
    } catch (const InputError& error) {
      fail(name, error.what());
    }
  }
  Json json_of(const std::string& name) {
    const auto bytes = values<std::uint8_t>(name);
    return Json::parse(bytes.begin(), bytes.end());
  }

  /// One that the codes share, or that of a scale.
  void read_exponent(EncodedTensor& tensor, const std::string& member) {
    const bool shared = tensor.format.shared_exponent();
    if (!shared && !archive_.contains(member)) return;
    const auto exponent = values<std::int64_t>(member);
    const int farthest = shared ? spec::kFarthestExponent : exponent::kFarthestScale;
    if (exponent.size() != 1 || exponent[0] < -farthest || exponent[0] > farthest) fail(member, "no exponent");
    const int whole = static_cast<int>(exponent[0]);
    tensor.exponents = shared ? shared_exponents(tensor.format, whole) : numerics::SharedExponents(whole);
  }

  void read_tensor(StepTrace& trace, const std::string& name, const Json& json) {
    const std::string key = key_of(trace.facts.step, name);
    const SavedArray stored = array(key);
    EncodedTensor tensor{.format = numerics::parse_format(json.at("format").get<std::string>()),
                         .shape = stored.shape,
                         .exponents = {},
                         .codes = {}};
    const int bytes = tensor.format.storage_bytes();
    if (stored.type != (bytes == 1 ? "|u1" : fmt::format("<u{}", bytes)))
      fail(key, fmt::format("an array of {} for codes of {}", stored.type, numerics::to_string(tensor.format)));
    tensor.codes = programs::unpack_codes(stored.bytes, bytes);
    const std::uint64_t codes = std::uint64_t{1} << tensor.format.bits;
    for (const numerics::Code code : tensor.codes)
      if (code >= codes) fail(key, fmt::format("a code beyond {}", numerics::to_string(tensor.format)));
    read_exponent(tensor, key + std::string(kExponent));
    for (const Json& further : json.at("names")) trace.recorded.names.emplace(further.get<std::string>(), name);
    trace.recorded.classes.emplace(name, json.at("class").get<std::string>());
    trace.recorded.tensors.emplace(name, std::move(tensor));
  }

  NpzReader archive_;
};

}  // namespace

bool is_step_trace(const std::filesystem::path& file) {
  try {
    return NpzReader(file).contains(kStepMember);
  } catch (const InputError&) {
    return false;
  }
}

StepTrace load_step_trace(const std::filesystem::path& file, StepParts parts) { return Reader(file).read(parts); }

void save_step_trace(const std::filesystem::path& file, const StepTrace& trace) {
  NpzMembers members = members_of(trace.start);
  const std::string network = network_to_yaml(trace.start.network);
  members.emplace_back(kNetworkMember, npy_of(network));
  Json products = Json::array();
  for (const programs::StepProduct& product : trace.recorded.products) products.push_back(to_json(product));
  const Json json{{"facts", to_json(trace.facts)}, {"tensors", tensors_to_json(trace.recorded)}, {"products", products}};
  members.emplace_back(kStepMember, npy_of(json.dump(-1, ' ', true)));
  for (const auto& [name, tensor] : trace.recorded.tensors) {
    const std::string key = key_of(trace.facts.step, name);
    const int bytes = tensor.format.storage_bytes();
    members.emplace_back(key, make_npy_unsigned(tensor.shape, programs::pack_codes(tensor.codes, bytes), bytes));
    if (tensor.exponents.granularity() == numerics::Granularity::None) continue;
    const std::int64_t exponent = tensor.lsb_exponent();
    members.emplace_back(key + std::string(kExponent), make_npy_int64({}, std::span(&exponent, 1)));
  }
  for (const auto& [name, array] : trace.session) members.emplace_back(std::string(kSession) + name, make_npy(array));
  write_npz(file, members);
}

}  // namespace binade::sim
