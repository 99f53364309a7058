// SPDX-License-Identifier: Apache-2.0
#include "sim/report/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

// Names of temporaries: hidden, so that no pattern of a user's takes one for a result.
constexpr std::string_view kPrefix = ".binade-", kSuffix = ".part";

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// There and neither a regular file nor a directory.
bool is_special(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/// A new file that nobody else has made, open and locked; -1 with errno. O_EXCL follows no symbolic link.
int make_temporary(const fs::path& folder, fs::path& path) {
  static unsigned made = 0;
  for (int tries = 0; tries < 1000; ++tries) {
    path = folder / fmt::format("{}{}-{}{}", kPrefix, ::getpid(), made++, kSuffix);
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor >= 0) ::flock(descriptor, LOCK_EX | LOCK_NB);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

/// Removes temporaries whose writer is gone: nobody holds their lock.
void remove_left_over(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      ::unlink(entry.path().c_str());
    ::close(descriptor);
  }
}

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void prepare_output_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  int reason = error ? error.value() : 0;
  if (reason == 0) {
    remove_left_over(directory);
    fs::path probe;
    const int descriptor = make_temporary(directory, probe);
    if (descriptor < 0 || !write_all(descriptor, "\n")) reason = errno;
    if (descriptor >= 0) {
      ::close(descriptor);
      ::unlink(probe.c_str());
    }
  }
  if (reason != 0)
    throw InputError(
        fmt::format("--out {}: cannot write there: {}; allowed: a writable directory", directory.string(), std::strerror(reason)));
}

void check_output_file(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) throw InputError(fmt::format("{}: is a directory; allowed: a file", file.string()));
  if (!fs::is_directory(folder_of(file), ignored))
    throw InputError(fmt::format("{}: cannot write: {} is no directory", file.string(), folder_of(file).string()));
}

OutputFile::OutputFile(const fs::path& file) : file_(file) {
  check_output_file(file);
  descriptor_ =
      is_special(file) ? ::open(file.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC) : make_temporary(folder_of(file), temporary_);
  if (descriptor_ < 0) {
    temporary_.clear();
    fail(errno);
  }
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void OutputFile::fail(int error) {
  discard();
  throw InputError(fmt::format("{}: cannot write: {}", file_.string(), std::strerror(error)));
}

void OutputFile::write(std::string_view content) {
  if (!write_all(descriptor_, content)) fail(errno);
}

void OutputFile::sync() {
  if (!temporary_.empty() && ::fsync(descriptor_) != 0) fail(errno);
}

void OutputFile::commit() {
  // Renamed while the lock is still held: whoever looks for left-overs takes it for alive until it has its name.
  if (!temporary_.empty() && ::rename(temporary_.c_str(), file_.c_str()) != 0) fail(errno);
  temporary_.clear();
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0 && errno != EINTR) fail(errno);
}

void sync_folder_of(const fs::path& file) {
  const int descriptor = ::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder that may be written and not read: the name is as safe as the file system makes it
  ::fsync(descriptor);
  ::close(descriptor);
}

void write_file(const fs::path& file, std::string_view content) {
  OutputFile output(file);
  output.write(content);
  output.commit();
}

}  // namespace binade::sim
