// For tests: effects as lines of plain words, and RESP commands as what they say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replication/effects.h"

namespace dunlin::replication {

// The first whole command in `bytes` (an array of bulk strings, or an inline line), and how many bytes it takes.
struct TestCommand {
  std::vector<std::string> args;
  size_t size = 0;
};
std::optional<TestCommand> TakeCommand(std::string_view bytes);

// "PING; REPLCONF capa eof"; bytes that are no commands come out as they are, with \r and \n spelled out.
std::string CommandWords(std::string_view bytes);

// One line each, such as `send PING`, `log # MASTER timeout: ...`, `peer 7 <- +CONTINUE\r\n`.
std::string Words(const Effect& effect);
std::vector<std::string> Words(const Effects& effects);
// Without the log lines, and the log lines alone.
std::vector<std::string> Deeds(const Effects& effects);
std::vector<std::string> Logs(const Effects& effects);

}  // namespace dunlin::replication
