#include "cli/modes/key_scan.h"

#include "cli/terminal.h"

namespace dunlin::cli {

bool KeyScan::AtEnd() const { return begun_ && (cursor_ == "0" || InterruptFlag().load()); }

Result<std::vector<std::string>> KeyScan::Next() {
  begun_ = true;
  std::vector<std::string> arguments = {"SCAN", cursor_};
  if (options_.modes.pattern) arguments.insert(arguments.end(), {"MATCH", *options_.modes.pattern});
  arguments.insert(arguments.end(), {"COUNT", std::to_string(options_.modes.count)});
  Result<resp::Reply> reply = connection_.Command(std::span<const std::string>(arguments));
  if (!reply) return Fail(Status::IoError("\nI/O error"));
  if (reply->IsError()) return Fail(Status::Unavailable("SCAN error: " + reply->text));
  if (reply->kind != resp::ReplyKind::kArray) return Fail(Status::Corruption("Non ARRAY response from SCAN!"));
  if (reply->elements.size() != 2) return Fail(Status::Corruption("Invalid element count from SCAN!"));
  cursor_ = reply->elements[0].text;
  std::vector<std::string> keys;
  for (resp::Reply& key : reply->elements[1].elements) keys.push_back(std::move(key.text));
  return keys;
}

Result<int64_t> CountKeys(Connection& connection) {
  Result<resp::Reply> reply = connection.Command({"DBSIZE"});
  if (!reply) return Fail(Status::IoError("\nI/O error"));
  if (reply->IsError()) return Fail(Status::Unavailable("Couldn't determine DBSIZE: " + reply->text));
  if (reply->kind != resp::ReplyKind::kInteger) return Fail(Status::Corruption("Non INTEGER response from DBSIZE!"));
  return reply->integer;
}

}  // namespace dunlin::cli
