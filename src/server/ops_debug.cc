#include "server/ops_debug.h"

#include "base/ascii.h"
#include "base/glob.h"
#include "base/numbers.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

enum class Where : uint8_t {
  kInside,   // inside the gate, like any command
  kAlone,    // nobody else is in the store
  kOutside,  // another thread has to be waited for
};

struct Subcommand {
  std::string_view name;
  size_t min_args;  // with DEBUG and the name
  size_t max_args;
  Where where;
  void (*run)(Call& call);
  std::string_view usage;  // what follows the name
  std::string_view text;
};

constexpr size_t kAny = SIZE_MAX;

void Error(Call& call) { call.reply.Error(call.args[2]); }

void Leak(Call& call) {
  // Nobody will ever free this copy: that is what was asked for.
  [[maybe_unused]] static thread_local const std::string* volatile last = nullptr;
  last = new std::string(call.args[2]);
  call.reply.Ok();
}

void WriteLog(Call& call) {
  call.server.log().Warning("DEBUG LOG: {}", call.args[2]);
  call.reply.Ok();
}

void Numbers(resp::ReplyWriter& reply, int count) {
  for (int i = 0; i < count; ++i) reply.Integer(i);
}

void ProtocolAttribute(resp::ReplyWriter& reply) {
  if (reply.resp3()) {
    reply.Attribute(1);
    reply.Bulk("key-popularity");
    reply.Array(2);
    reply.Bulk("key:123");
    reply.Integer(90);
  }
  reply.Bulk("Some real reply following the attribute");
}

void ProtocolPush(resp::ReplyWriter& reply) {
  if (!reply.resp3()) return reply.Error("ERR RESP2 is not supported by this command");
  reply.Push(2);
  reply.Bulk("server-cpu-usage");
  reply.Integer(42);
  reply.Bulk("Some real reply following the push reply");
}

// One function for each kind of reply; the values are those that client libraries test against.
struct ProtocolSample {
  std::string_view name;
  void (*write)(resp::ReplyWriter& reply);
};
constexpr ProtocolSample kProtocolSamples[] = {
    {"string", [](resp::ReplyWriter& reply) { reply.Bulk("Hello World"); }},
    {"integer", [](resp::ReplyWriter& reply) { reply.Integer(12345); }},
    {"double", [](resp::ReplyWriter& reply) { reply.Double(3.141); }},
    {"bignum", [](resp::ReplyWriter& reply) { reply.BigNumber("1234567999999999999999999999999999999"); }},
    {"null", [](resp::ReplyWriter& reply) { reply.Null(); }},
    {"array", [](resp::ReplyWriter& reply) { reply.Array(3), Numbers(reply, 3); }},
    {"set", [](resp::ReplyWriter& reply) { reply.Set(3), Numbers(reply, 3); }},
    {"map",
     [](resp::ReplyWriter& reply) {
       reply.Map(3);
       for (int i = 0; i < 3; ++i) reply.Integer(i), reply.Boolean(i == 1);
     }},
    {"attrib", ProtocolAttribute},
    {"push", ProtocolPush},
    {"verbatim", [](resp::ReplyWriter& reply) { reply.Verbatim("txt", "This is a verbatim\nstring"); }},
    {"true", [](resp::ReplyWriter& reply) { reply.Boolean(true); }},
    {"false", [](resp::ReplyWriter& reply) { reply.Boolean(false); }},
};

void Protocol(Call& call) {
  for (const ProtocolSample& sample : kProtocolSamples) {
    if (EqualsIgnoreCase(sample.name, call.args[2])) return sample.write(call.reply);
  }
  call.reply.Error(
      "ERR Wrong protocol type name. Please use one of the following: "
      "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
}

// Random patterns against random texts: only crashes, hangs and reads beyond the end could show.
void StringmatchTest(Call& call) {
  constexpr int kRounds = 1000000;
  constexpr std::string_view kBytes = "abc*?[]^-\\x";
  Random& random = call.worker.executor().random();
  auto fill = [&](char* out) {
    size_t size = random.Below(24);
    for (size_t i = 0; i < size; ++i) out[i] = kBytes[random.Below(kBytes.size())];
    return std::string_view(out, size);
  };
  char pattern[24];
  char text[24];
  for (int i = 0; i < kRounds; ++i) (void)GlobMatch(fill(pattern), fill(text));
  call.reply.Simple("Apparently Redis did not crash: test passed");
}

void Structsize(Call& call) {
  std::string text = "bits:64";
  auto add = [&](std::string_view name, size_t size) {
    text.append(" ").append(name).append(":").append(std::to_string(size));
  };
  add("entry", sizeof(store::Entry));
  add("slot", sizeof(store::Slot));
  add("slot_table", sizeof(store::SlotTable));
  add("session", sizeof(Session));
  call.reply.Bulk(text);
}

void Help(Call& call);

constexpr Subcommand kSubcommands[] = {
    {"aof-flush-sleep", 3, 3, Where::kInside, DebugAofFlushSleep, "<microseconds>",
     "Wait this long before each write to the append-only file."},
    {"assert", 2, kAny, Where::kInside, DebugAssert, "", "End with a broken invariant."},
    {"change-repl-id", 2, 2, Where::kOutside, DebugChangeReplId, "",
     "Take a new replication id and forget the one before: replicas that come back need a full copy."},
    {"close-cluster-link-on-packet-drop", 3, 3, Where::kOutside, DebugCloseClusterLinkOnPacketDrop, "<0|1>",
     "Whether DROP-CLUSTER-PACKET-FILTER closes the link as well."},
    {"clusterlink", 5, 5, Where::kOutside, DebugClusterlink, "KILL <to|from|all> <node-id>",
     "Close the bus links to or from a node."},
    {"config-rewrite-force-all", 2, 2, Where::kAlone, DebugConfigRewriteForceAll, "",
     "CONFIG REWRITE that writes defaults, too."},
    {"crash-and-recover", 2, 3, Where::kAlone, DebugCrashAndRecover, "[<milliseconds>]",
     "Start again, after a while, without saving anything."},
    {"digest", 2, 2, Where::kAlone, DebugDigest, "", "A fingerprint of all data."},
    {"digest-value", 2, kAny, Where::kAlone, DebugDigestValue, "<key> [<key> ...]", "Fingerprints of values."},
    {"drop-cluster-packet-filter", 3, 3, Where::kOutside, DebugDropClusterPacketFilter, "<type>",
     "Drop bus messages of this type when they come; -1: none."},
    {"error", 3, 3, Where::kInside, Error, "<text>", "Answer with this error."},
    {"htstats", 3, 4, Where::kAlone, DebugHtstats, "<database> [full]", "Numbers of the tables of a database."},
    {"htstats-key", 3, 4, Where::kAlone, DebugHtstatsKey, "<key> [full]",
     "Numbers of the table that is a key's value."},
    {"leak", 3, 3, Where::kInside, Leak, "<text>", "Lose the memory of a copy of the text."},
    {"listpack", 3, 3, Where::kAlone, DebugListpack, "<key>", "Print the listpack of a key to standard output."},
    {"loadaof", 2, kAny, Where::kAlone, DebugLoadaof, "", "Replace the data by what the append-only files hold."},
    {"log", 3, 3, Where::kInside, WriteLog, "<text>", "Write a line into the log."},
    {"mallctl", 3, 4, Where::kInside, DebugMallctl, "<name> [<value>]", "Read, or set, a number of the allocator."},
    {"mallctl-str", 3, 4, Where::kInside, DebugMallctlStr, "<name> [<value>]",
     "Read, or set, a text of the allocator."},
    {"object", 3, 3, Where::kAlone, DebugObject, "<key>", "How a value is kept."},
    {"oom", 2, kAny, Where::kInside, DebugOom, "", "End as if there were no memory left."},
    {"panic", 2, kAny, Where::kInside, DebugPanic, "", "End with a panic."},
    {"pause-cron", 3, 3, Where::kInside, DebugPauseCron, "<0|1>", "Leave out what is done ten times a second."},
    {"populate", 3, 5, Where::kAlone, DebugPopulate, "<count> [<prefix>] [<size>]",
     "Make string keys <prefix>:0, <prefix>:1 ... where there are none. Replicas and files are told nothing."},
    {"protocol", 3, 3, Where::kInside, Protocol, "<type>",
     "Answer with a sample of a reply type: string, integer, double, bignum, null, array, set, map, attrib, push, "
     "verbatim, true or false."},
    {"quicklist", 3, 4, Where::kAlone, DebugQuicklist, "<key> [<0|1>]",
     "Print the nodes of a list to standard output; 1: with their elements."},
    {"quicklist-packed-threshold", 3, 3, Where::kAlone, DebugQuicklistPackedThreshold, "<size>",
     "From which size on a list's element has a node of its own; 0: the usual one."},
    {"reload", 2, kAny, Where::kAlone, DebugReload, "[MERGE] [NOFLUSH] [NOSAVE]",
     "Save, drop all data and load it again. NOSAVE: load the file that is there. NOFLUSH: keep the keys. MERGE: keys "
     "of the file replace those that are there."},
    {"replicate", 3, kAny, Where::kAlone, DebugReplicate, "<word> [<word> ...]",
     "Send a command to the replicas without running it here."},
    {"restart", 2, 3, Where::kAlone, DebugRestart, "[<milliseconds>]",
     "Save configuration and data, and start again after a while."},
    {"sdslen", 3, 3, Where::kAlone, DebugSdslen, "<key>", "Lengths of a key and its string."},
    {"segfault", 2, kAny, Where::kInside, DebugSegfault, "", "End with an access to memory that is none."},
    {"set-active-expire", 3, 3, Where::kInside, DebugSetActiveExpire, "<0|1>",
     "Whether keys expire while nobody looks at them."},
    {"set-disable-deny-scripts", 3, 3, Where::kInside, DebugSetDisableDenyScripts, "<0|1>",
     "Whether scripts may call every command."},
    {"set-skip-checksum-validation", 3, 3, Where::kAlone, DebugSetSkipChecksumValidation, "<0|1>",
     "Whether RDB files and RESTORE payloads are believed without looking at their checksum."},
    {"sleep", 3, 3, Where::kAlone, DebugSleep, "<seconds>", "Stop the whole server for a while."},
    {"spread-clients", 3, 3, Where::kInside, DebugSpreadClients, "<0|1>",
     "Whether new clients are shared out among all threads, however much time one of them has."},
    {"stringmatch-test", 2, 2, Where::kInside, StringmatchTest, "", "Match random patterns."},
    {"structsize", 2, 2, Where::kInside, Structsize, "", "Sizes of some structures."},
    {"help", 2, 2, Where::kInside, Help, "", "Print this help."},
};

void Help(Call& call) {
  call.reply.Array(1 + 2 * std::size(kSubcommands));
  call.reply.Simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const Subcommand& sub : kSubcommands) {
    std::string usage = AsciiUppered(sub.name);
    if (!sub.usage.empty()) usage.append(" ").append(sub.usage);
    call.reply.Simple(usage);
    call.reply.Simple("    " + std::string(sub.text));
  }
}

}  // namespace

bool DebugFlag(Call& call, size_t i) { return ParseInt64(call.args[i]).value_or(0) != 0; }

void DebugSyntaxError(Call& call) {
  call.reply.Error("ERR unknown subcommand or wrong number of arguments for '" +
                   std::string(call.args[1].substr(0, 128)) + "'. Try DEBUG HELP.");
}

void OpDebug(Call& call) {
  for (const Subcommand& sub : kSubcommands) {
    if (!EqualsIgnoreCase(sub.name, call.args[1])) continue;
    if (call.args.size() < sub.min_args || call.args.size() > sub.max_args) break;
    switch (sub.where) {
      case Where::kInside: return sub.run(call);
      case Where::kAlone: call.facts_changed = !call.worker.AloneUnlessScriptLingers([&] { sub.run(call); }); return;
      case Where::kOutside: return call.worker.OutsideGate([&] { sub.run(call); });
    }
  }
  DebugSyntaxError(call);
}

}  // namespace dunlin::server
