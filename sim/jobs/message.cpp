// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs/message.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace binade::sim {
namespace {

// Both ends are this program: the layout is the machine's own.
struct Header {
  std::uint64_t length = 0;
  std::int64_t first = 0, second = 0;
  Message::Kind kind = Message::Kind::Progress;
};

}  // namespace

void send(int pipe, const Message& message) {
  const Header header{.length = message.text.size(), .first = message.first, .second = message.second, .kind = message.kind};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes += message.text;
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto written = ::write(pipe, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the parent is gone
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::optional<Message> take_message(std::string& received) {
  Header header;
  if (received.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, received.data(), sizeof header);
  if (received.size() - sizeof header < header.length) return std::nullopt;
  Message message{
      .kind = header.kind, .first = header.first, .second = header.second, .text = received.substr(sizeof header, header.length)};
  received.erase(0, sizeof header + header.length);
  return message;
}

}  // namespace binade::sim
