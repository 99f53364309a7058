// SPDX-License-Identifier: Apache-2.0
// fst_print FILE: every value change of an FST waveform, a line each: time, the signal with its scopes, its bits.
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "fstapi.h"

namespace {

std::map<fstHandle, std::vector<std::string>> names;

void print(void* /*user*/, uint64_t time, fstHandle facility, const unsigned char* value) {
  for (const auto& name : names[facility])
    std::printf("%llu %s %s\n", static_cast<unsigned long long>(time), name.c_str(), reinterpret_cast<const char*>(value));
}

}  // namespace

int main(int /*argc*/, char** argv) {
  void* const reader = fstReaderOpen(argv[1]);
  if (reader == nullptr) return 1;
  std::vector<std::string> scopes;
  while (const fstHier* const item = fstReaderIterateHier(reader)) {
    if (item->htyp == FST_HT_SCOPE) scopes.emplace_back(item->u.scope.name);
    if (item->htyp == FST_HT_UPSCOPE) scopes.pop_back();
    if (item->htyp != FST_HT_VAR) continue;
    std::string name;
    for (const auto& scope : scopes) name += scope + ".";
    name += item->u.var.name;
    names[item->u.var.handle].push_back(name.substr(0, name.find(' ')));
  }
  fstReaderSetFacProcessMaskAll(reader);
  fstReaderIterBlocks(reader, print, nullptr, nullptr);
  fstReaderClose(reader);
  return 0;
}
