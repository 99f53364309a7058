// SPDX-License-Identifier: Apache-2.0
// Documents that follow from tables of the program: tests compare them, and with BINADE_WRITE_DOCUMENTS=1 write what is missed
// instead. Files are named from the repository's root.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace binade::support {

inline std::string read_document(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(BINADE_ROOT "/" + file).rdbuf();
  return text.str();
}
inline void write_document(const std::string& file, const std::string& text) { std::ofstream(BINADE_ROOT "/" + file) << text; }
inline bool writing_documents() { return std::getenv("BINADE_WRITE_DOCUMENTS") != nullptr; }

inline void expect_document(const std::string& file, const std::string& wanted) {
  if (writing_documents()) write_document(file, wanted);
  EXPECT_EQ(read_document(file), wanted) << file;
}

/// What lies between <!-- name --> and <!-- /name -->.
inline void expect_on_page(const std::string& file, const std::string& name, const std::string& wanted) {
  auto page = read_document(file);
  const std::string first = "<!-- " + name + " -->\n";
  const auto begin = page.find(first), end = page.find("<!-- /" + name + " -->\n");
  ASSERT_NE(begin, std::string::npos) << file << ": " << name;
  ASSERT_NE(end, std::string::npos) << file << ": " << name;
  const auto from = begin + first.size();
  if (writing_documents()) return write_document(file, page.replace(from, end - from, wanted));
  EXPECT_EQ(page.substr(from, end - from), wanted) << file << ": " << name;
}

}  // namespace binade::support
