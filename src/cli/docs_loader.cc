#include "cli/docs_loader.h"

namespace dunlin::cli {

CommandDocs LoadCommandDocs(Client& client) {
  if (!client.ConnectIfNeeded(Client::Announce::kQuietly) || !client.connected()) return CommandDocs::Builtin();
  Result<resp::Reply> reply = client.connection().Command({"COMMAND", "DOCS"});
  if (reply && reply->IsAggregate() && !reply->elements.empty()) return CommandDocs::FromReply(*reply);
  CommandDocs docs = CommandDocs::Builtin();
  if (!reply) return docs;
  Result<resp::Reply> commands = client.connection().Command({"COMMAND"});
  if (commands && commands->IsAggregate()) docs.AddMissing(*commands);
  return docs;
}

}  // namespace dunlin::cli
