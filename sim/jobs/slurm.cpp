// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs/slurm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "rtl/cosim/module_manifest.h"
#include "rtl/cosim/tool_process.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCommandOutput = "slurm.out";

struct Answer {
  int exit_code = 0;
  std::vector<std::string> lines;

  /// In one line.
  std::string words() const {
    return lines.empty() ? fmt::format("exit {}", exit_code) : printable(fmt::format("{}", fmt::join(lines, "; ")));
  }
};

/// Of a command that ends by itself; an interrupt does not end it, since cancelling is such a command.
Answer ask(const std::vector<std::string>& command, const fs::path& folder) {
  const fs::path output = folder / kCommandOutput;
  const auto result = rtl::run_tool(command, output, nullptr);
  Answer answer{.exit_code = result.exit_code, .lines = {}};
  std::ifstream stream(output);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) answer.lines.push_back(line);
  std::error_code ignored;
  fs::remove(output, ignored);
  return answer;
}

/// `ID` or `ID;CLUSTER`, alone in a line: warnings may stand before it.
std::optional<SlurmJob> job_of(const std::string& line) {
  const auto digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0 || (digits < line.size() && line[digits] != ';')) return std::nullopt;
  return SlurmJob{.id = line.substr(0, digits), .cluster = digits < line.size() ? line.substr(digits + 1) : std::string()};
}

std::vector<std::string> command_for(const char* program, const SlurmJob& job) {
  std::vector<std::string> command{program};
  if (!job.cluster.empty()) command.push_back("--clusters=" + job.cluster);
  return command;
}

/// "0-3,7": no list of each, which would be long.
std::string ranges_of(const std::vector<std::size_t>& tasks) {
  std::string text;
  for (std::size_t i = 0; i < tasks.size();) {
    std::size_t last = i;
    while (last + 1 < tasks.size() && tasks[last + 1] == tasks[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", tasks[i]);
    if (last > i) text += fmt::format("-{}", tasks[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace

void check_slurm(const std::string& what, const std::string& otherwise) {
  for (const char* const program : {"sbatch", "squeue", "scancel"})
    if (rtl::in_path(program).empty())
      throw InputError(
          fmt::format("{}: no {} in PATH; allowed: a machine that submits to Slurm (Debian's package slurm-client has "
                      "its commands), or {}",
                      what, program, otherwise));
}

SlurmJob submit(const SlurmArray& array, const fs::path& id_file) {
  std::vector<std::string> command{"sbatch",
                                   "--parsable",
                                   "--requeue",
                                   "--open-mode=append",
                                   "--job-name=binade-explore",
                                   "--ntasks=1",
                                   fmt::format("--cpus-per-task={}", array.cpus),
                                   fmt::format("--chdir={}", array.folder.string()),
                                   "--output=%a.log",
                                   fmt::format("--array={}{}", ranges_of(array.tasks),
                                               array.at_a_time > 0 ? fmt::format("%{}", array.at_a_time) : std::string())};
  command.insert(command.end(), array.options.begin(), array.options.end());
  command.push_back((array.folder / array.script).string());
  const Answer answer = ask(command, array.folder);
  std::optional<SlurmJob> job;
  for (const auto& line : answer.lines)
    if (auto found = job_of(line)) job = found;
  if (answer.exit_code != 0 || !job)
    throw InputError(
        fmt::format("--executor slurm: sbatch refuses {} tasks: {}; allowed: what the cluster takes (--sbatch says its "
                    "options, --chunk how many points a task has)",
                    array.tasks.size(), answer.words()));
  std::ofstream stream(id_file, std::ios::trunc);
  stream << job->id << (job->cluster.empty() ? "" : ";") << job->cluster << "\n";
  if (!stream.flush()) {
    cancel(*job, array.folder);
    throw InputError(fmt::format("{}: cannot write; allowed: a disk with room", printable(id_file.string())));
  }
  return *job;
}

std::optional<SlurmJob> read_job(const fs::path& id_file) {
  std::ifstream stream(id_file);
  std::string line;
  if (!std::getline(stream, line)) return std::nullopt;
  return job_of(line);
}

SlurmTasks tasks_of(const SlurmJob& job, const fs::path& folder) {
  auto command = command_for("squeue", job);
  command.insert(command.end(), {"--noheader", "--array", "--jobs=" + job.id, "--format=%K %T %Z"});
  const Answer answer = ask(command, folder);
  SlurmTasks tasks;
  if (answer.exit_code != 0) {
    // A job that ended some minutes ago is forgotten.
    if (answer.words().find("Invalid job id") == std::string::npos) tasks.trouble = answer.words();
    return tasks;
  }
  for (const auto& line : answer.lines) {
    std::istringstream words(line);
    std::size_t number = 0;
    std::string state, where;
    if (!(words >> number >> state >> std::ws) || !std::getline(words, where) || where != folder.string()) continue;
    (state == "PENDING" ? tasks.waiting : tasks.running).insert(number);
  }
  return tasks;
}

void cancel(const SlurmJob& job, const fs::path& folder) {
  auto command = command_for("scancel", job);
  command.push_back(job.id);
  static_cast<void>(ask(command, folder));
}

}  // namespace binade::sim
