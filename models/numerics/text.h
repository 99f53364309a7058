// SPDX-License-Identifier: Apache-2.0
// Text that users bring: files in UTF-8, and bytes of any kind in names and words that messages and reports repeat.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

namespace binade {

/// Length of the UTF-8 sequence that `text` begins with (RFC 3629: shortest form, no surrogates, at most U+10FFFF); 0: none.
std::size_t utf8_length(std::string_view text);

/// `text` as valid UTF-8 without control characters: those, and every byte that begins no UTF-8 sequence, become \xNN.
std::string printable(std::string_view text);

/// The whole of a text file of the user's, less the byte-order mark that some editors put in front. Throws InputError that starts
/// with `where` unless it is UTF-8 without control characters other than tab, line feed and carriage return, and has at most
/// kLongestText bytes.
std::string read_text(std::istream& stream, const std::string& where);
inline constexpr std::size_t kLongestText = std::size_t{1} << 24;

}  // namespace binade
