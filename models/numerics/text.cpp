// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/text.h"

#include <algorithm>
#include <istream>

#include "models/numerics/error.h"

namespace binade {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// C0 and DEL, and C1 as UTF-8 writes it: terminals obey them.
bool is_control(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  return byte(0) < 0x20 || byte(0) == 0x7f || (sequence.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0);
}

std::string hexadecimal(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // The second byte excludes longer forms than needed, surrogates and what lies beyond U+10FFFF.
  const unsigned char second = byte(1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return length;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = utf8_length(text.substr(at));
    const auto sequence = text.substr(at, std::max<std::size_t>(length, 1));
    if (length > 0 && !is_control(sequence)) {
      out += sequence;
    } else {
      for (const char c : sequence) out += "\\x" + hexadecimal(static_cast<unsigned char>(c));
    }
    at += sequence.size();
  }
  return out;
}

std::string read_text(std::istream& stream, const std::string& where) {
  constexpr std::size_t kChunk = 1 << 16;
  std::string text;
  while (stream && text.size() <= kLongestText) {
    const auto have = text.size();
    text.resize(have + kChunk);
    stream.read(text.data() + have, kChunk);
    text.resize(have + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw InputError(where + ": cannot be read to its end");
  if (text.size() > kLongestText)
    throw InputError(where + ": longer than " + std::to_string(kLongestText) + " bytes; allowed: a text file");
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  for (std::size_t at = 0, line = 1; at < text.size();) {
    const auto rest = std::string_view(text).substr(at);
    const auto length = utf8_length(rest);
    const char c = rest.front();
    if (length == 0 || (is_control(rest.substr(0, length)) && c != '\n' && c != '\r' && c != '\t'))
      throw InputError(where + ": byte 0x" + hexadecimal(static_cast<unsigned char>(c)) + " in line " + std::to_string(line) +
                       " is no text; allowed: a text file in UTF-8");
    if (c == '\n') ++line;
    at += length;
  }
  return text;
}

}  // namespace binade
