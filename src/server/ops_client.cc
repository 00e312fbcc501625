// CLIENT: what concerns the caller's own connection, and the doors to the rest.
#include "base/ascii.h"
#include "base/numbers.h"
#include "server/client_admin.h"
#include "server/client_view.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr std::string_view kSyntaxError = "ERR syntax error";

void SetName(Call& call) {
  if (!ValidClientWord(call.args[2])) {
    call.reply.Error("ERR Client names cannot contain spaces, newlines or special characters.");
    return;
  }
  call.session.name = call.args[2];
  call.reply.Ok();
}

void GetName(Call& call) {
  if (call.session.name.empty()) return call.reply.Null();
  call.reply.Bulk(call.session.name);
}

void SetInfo(Call& call) {
  std::string option(call.args[2]);
  std::string* field = EqualsIgnoreCase(option, "lib-name")  ? &call.session.lib_name
                       : EqualsIgnoreCase(option, "lib-ver") ? &call.session.lib_version
                                                             : nullptr;
  if (field == nullptr) return call.reply.Error("ERR Unrecognized option '" + option + "'");
  if (!ValidClientWord(call.args[3])) {
    return call.reply.Error("ERR " + option + " cannot contain spaces, newlines or special characters.");
  }
  *field = call.args[3];
  call.reply.Ok();
}

void Reply(Call& call) {
  if (EqualsIgnoreCase(call.args[2], "on")) {
    call.session.reply_mode = ReplyMode::kOn;
    call.reply.Ok();
  } else if (EqualsIgnoreCase(call.args[2], "off")) {
    call.session.reply_mode = ReplyMode::kOff;
  } else if (EqualsIgnoreCase(call.args[2], "skip")) {
    if (call.session.reply_mode != ReplyMode::kOff) call.session.reply_mode = ReplyMode::kSkipNext;
  } else {
    call.reply.Error(kSyntaxError);
  }
}

void SetSwitch(Call& call, bool* value) {
  bool on = EqualsIgnoreCase(call.args[2], "on");
  if (!on && !EqualsIgnoreCase(call.args[2], "off")) return call.reply.Error(kSyntaxError);
  *value = on;
  call.reply.Ok();
}

void Info(Call& call) {
  std::string line = DescribeSession(call.server, call.session, {&call.spec, call.args}, call.now_ms);
  call.reply.Verbatim("txt", line + "\n");
}

// Keys are not tracked for clients yet. Only what would need it is refused.
void Tracking(Call& call) {
  if (EqualsIgnoreCase(call.args[2], "off") && call.args.size() == 3) return call.reply.Ok();
  if (EqualsIgnoreCase(call.args[2], "on")) return call.reply.Error("ERR CLIENT TRACKING is not supported yet");
  call.reply.Error(kSyntaxError);
}

void TrackingInfo(Call& call) {
  call.reply.Map(3);
  call.reply.Bulk("flags");
  call.reply.Set(1);
  call.reply.Bulk("off");
  call.reply.Bulk("redirect");
  call.reply.Integer(-1);
  call.reply.Bulk("prefixes");
  call.reply.Array(0);
}

void Caching(Call& call) {
  call.reply.Error(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled");
}

void Help(Call& call) {
  static constexpr std::string_view kLines[] = {
      "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CACHING (YES|NO)",
      "    Whether the keys of the next command are tracked. Tracking is not supported yet.",
      "GETNAME",
      "    The name of this connection.",
      "GETREDIR",
      "    The id of the client that gets this one's invalidations, -1 without any.",
      "ID",
      "    The number of this connection.",
      "INFO",
      "    One line that describes this connection.",
      "KILL <ip:port>",
      "    Close the connection from that address.",
      "KILL <option> <value> [<option> <value> ...]",
      "    Close the connections that fit all of the options:",
      "    * ADDR (<ip:port>|<unixsocket>:0)",
      "      from this address.",
      "    * LADDR (<ip:port>|<unixsocket>:0)",
      "      to this address of the server.",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      of this kind.",
      "    * USER <username>",
      "      logged in as this user.",
      "    * ID <client-id>",
      "      with this number.",
      "    * MAXAGE <seconds>",
      "      at least this old.",
      "    * SKIPME (YES|NO)",
      "      but not the one that asks (the default).",
      "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <id> [<id> ...]]",
      "    A line for each connection, or for those of a kind or with these numbers.",
      "NO-EVICT (ON|OFF)",
      "    Spare this connection when memory for clients runs out.",
      "NO-TOUCH (ON|OFF)",
      "    Commands of this connection do not count as uses of the keys.",
      "PAUSE <timeout> [WRITE|ALL]",
      "    Let all commands, or those that write, wait for so many milliseconds.",
      "REPLY (ON|OFF|SKIP)",
      "    Answer everything, nothing, or not the next command.",
      "SETINFO <option> <value>",
      "    Note the client's library: LIB-NAME or LIB-VER.",
      "SETNAME <name>",
      "    Name this connection.",
      "TRACKING (ON|OFF) [...]",
      "    Tell this client when keys it has read change. Not supported yet.",
      "TRACKINGINFO",
      "    How this connection tracks keys.",
      "UNBLOCK <client-id> [TIMEOUT|ERROR]",
      "    End the waiting of a blocked client, as if its time were up or with an error.",
      "UNPAUSE",
      "    End a PAUSE.",
  };
  WriteHelp(call.reply, kLines);
}

}  // namespace

bool ValidClientWord(std::string_view word) {
  for (char c : word) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

void OpClient(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "caching") return Caching(call);
  if (word == "getname") return GetName(call);
  if (word == "getredir") return call.reply.Integer(-1);
  if (word == "help") return Help(call);
  if (word == "id") return call.reply.Integer(static_cast<int64_t>(call.session.id));
  if (word == "info") return Info(call);
  if (word == "kill") return ClientKill(call);
  if (word == "list") return ClientList(call);
  if (word == "no-evict") return SetSwitch(call, &call.session.no_evict);
  if (word == "no-touch") return SetSwitch(call, &call.session.no_touch);
  if (word == "pause") return ClientPause(call);
  if (word == "reply") return Reply(call);
  if (word == "setinfo") return SetInfo(call);
  if (word == "setname") return SetName(call);
  if (word == "tracking") return Tracking(call);
  if (word == "trackinginfo") return TrackingInfo(call);
  if (word == "unblock") return ClientUnblock(call);
  ClientUnpause(call);
}

}  // namespace dunlin::server
