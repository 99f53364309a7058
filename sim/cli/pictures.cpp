// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/pictures.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "rtl/cosim/tool_process.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

/// Of the page's clock, which Chromium runs ahead: what the page waits for in all.
constexpr int kPageTimeMs = 120'000;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "binade-page-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw InputError(fmt::format("{}: cannot make a temporary folder there; allowed: a TMPDIR that can be written", name));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string decoded(std::string_view base64) {
  std::string bytes(3 * base64.size() / 4 + 4, '\0');
  const int count = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                    reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (count < 0) throw InputError("report: Chromium's picture is no base64; allowed: a Chromium that works");
  bytes.resize(static_cast<std::size_t>(count));
  // The decoder counts what fills the last group.
  for (std::size_t i = 0; i < 2 && i < base64.size() && base64[base64.size() - 1 - i] == '='; ++i) bytes.pop_back();
  return bytes;
}

/// The text of the element of that id in a document that Chromium has written out; nothing where there is none.
std::optional<std::string_view> element_text(std::string_view document, const std::string& id) {
  const auto tag = document.rfind(fmt::format("<pre id=\"{}\"", id));
  if (tag == std::string_view::npos) return std::nullopt;
  const auto begin = document.find('>', tag), end = document.find("</pre>", tag);
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  return document.substr(begin + 1, end - begin - 1);
}

std::vector<std::string> browsers() {
  if (const char* own = std::getenv("BINADE_CHROMIUM"); own != nullptr && *own != '\0') return {own};
  return {"chromium", "chromium-browser", "google-chrome"};
}

/// The page's document once its scripts have run.
std::string document_of(const fs::path& page, const std::string& fragment, const fs::path& folder) {
  const fs::path log = folder / "document";
  for (const auto& browser : browsers()) {
    // The shell keeps Chromium's own messages out of the document, and says 127 where there is no such program.
    std::vector<std::string> command{"sh",
                                     "-c",
                                     "exec \"$@\" 2>/dev/null",
                                     "sh",
                                     browser,
                                     "--headless",
                                     "--disable-gpu",
                                     "--hide-scrollbars",
                                     "--enable-unsafe-swiftshader",
                                     "--no-first-run",
                                     "--disable-dev-shm-usage",
                                     "--user-data-dir=" + (folder / "profile").string(),
                                     fmt::format("--virtual-time-budget={}", kPageTimeMs),
                                     "--dump-dom"};
    if (::geteuid() == 0) command.emplace_back("--no-sandbox");  // Chromium refuses root otherwise; the page is our own
    command.push_back("file://" + page.string() + fragment);
    const auto result = rtl::run_tool(command, log, nullptr);
    if (result.missing || result.exit_code == 127) continue;
    if (result.exit_code != 0)
      throw InputError(
          fmt::format("report: {} ended with exit code {}; allowed: a Chromium that works", printable(browser), result.exit_code));
    std::ifstream stream(log, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  throw InputError(
      "report: pictures need Chromium, and there is none; allowed: the package chromium, or BINADE_CHROMIUM=PROGRAM; html, csv, "
      "json and "
      "text need none");
}

}  // namespace

std::map<std::string, std::string> pictures_of(const std::string& page, const std::string& format, const std::string& plot,
                                               int width) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "page.html";
  write_file(file, page);
  const auto document = document_of(file, fmt::format("#export={}&plot={}&width={}", format, plot, width), folder.path());
  const auto text = element_text(document, "pictures");
  if (!text) {
    const auto error = element_text(document, "picture-error");
    throw InputError(fmt::format("report: Chromium drew no picture{}; allowed: a Chromium that works",
                                 error ? ": " + printable(std::string(*error)) : ""));
  }
  std::map<std::string, std::string> pictures;
  const auto drawn = nlohmann::json::parse(decoded(*text));
  for (const auto& [name, picture] : drawn.items())
    pictures[name] = format == "svg" ? picture.get<std::string>() : decoded(picture.get<std::string>());
  return pictures;
}

}  // namespace binade::sim
