// SPDX-License-Identifier: Apache-2.0
// What a job's process writes into its pipe: a kind, the length of its text and the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace binade::sim {

struct Message {
  enum class Kind : char {
    Progress = 'p',  ///< numbers are step and steps, the text says what
    Result = 'r',    ///< the last message of a job that succeeded: its bytes
    Failure = 'f',   ///< the last message of one that failed: why, and the exit code as the first number
  };
  Kind kind = Kind::Progress;
  std::int64_t first = 0, second = 0;
  std::string text;
};

/// Blocks until all is written or nobody reads any more.
void send(int pipe, const Message& message);

/// Takes the first message off `received`; nothing where it is not whole yet.
std::optional<Message> take_message(std::string& received);

}  // namespace binade::sim
