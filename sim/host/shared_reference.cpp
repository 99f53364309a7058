// SPDX-License-Identifier: Apache-2.0
#include "sim/host/shared_reference.h"

#include <algorithm>
#include <span>

#include "models/networks/layer_lookup.h"
#include "models/networks/reference.h"
#include "models/operations/reference.h"
#include "models/programs/program.h"

namespace binade::sim {
namespace {

constexpr std::int64_t kMostValues = std::int64_t{1} << 25;

}  // namespace

SharedReference::SharedReference(const RunSpec& spec) {
  const programs::Program program = program_of(spec);
  const networks::Network& network = *program.network;
  const std::int64_t samples = samples_of(spec);
  std::int64_t values = 0;
  for (const programs::Operation& operation : program.operations) values += samples * program.shape(operation.output).elements();
  if (values > kMostValues) return;
  for (std::int64_t first = 0; first < samples; first += spec.batch) {
    const std::int64_t count = std::min(spec.batch, samples - first);
    std::map<int, std::span<const double>> tensors;
    std::map<int, std::vector<double>> rooms;
    for (const auto& [name, input] : spec.inputs) {
      const int given = programs::resolve(network, networks::layer_index(network, name));
      const std::int64_t elements = program.layer(given).out.elements();
      tensors[given] = input.reals().range(first * elements, count * elements, rooms[given]);
    }
    for (const programs::Operation& operation : program.operations) {
      std::vector<std::span<const double>> inputs;
      for (const int input : operation.inputs) inputs.push_back(tensors.at(input));
      const operations::LayerParameters parameters = layer_parameters(network, operation.layer, spec.parameters);
      auto& output = outputs_[{program.layer(operation.output).name, first}] =
          reference_forward(network, operation.layer, count, inputs, parameters.weight, parameters.bias);
      if (operation.relu()) operations::relu(output);
      tensors[operation.output] = output;
    }
  }
}

const std::vector<double>* SharedReference::find(const std::string& output, std::int64_t first_sample) const {
  const auto found = outputs_.find({output, first_sample});
  return found == outputs_.end() ? nullptr : &found->second;
}

}  // namespace binade::sim
