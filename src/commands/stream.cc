// The stream family.
#include "commands/stream_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace stream_commands;

constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kRead[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kReadSecond[] = {Key(kKeyRO | kKeyAccess, 2)};
constexpr KeySpec kChange[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kChangeSecond[] = {Key(kKeyRW | kKeyUpdate, 2)};
constexpr KeySpec kGrowSecond[] = {Key(kKeyRW | kKeyInsert, 2)};
constexpr KeySpec kShrink[] = {Key(kKeyRW | kKeyDelete)};
constexpr KeySpec kShrinkSecond[] = {Key(kKeyRW | kKeyDelete, 2)};
constexpr KeySpec kReadMany[] = {KeysAfter(kKeyRO | kKeyAccess, "STREAMS", 1, -1, 1, 2)};
constexpr KeySpec kReadManyOfGroup[] = {KeysAfter(kKeyRO | kKeyAccess, "STREAMS", 4, -1, 1, 2)};

constexpr uint32_t kGrows = kWrite | kDenyOom;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclStream,
          .group = Group::kStream,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kXgroup[] = {
    Row("create", -5, kGrows, kGrowSecond, XgroupCreate, "5.0.0", "Makes a consumer group."),
    Row("createconsumer", 5, kGrows, kGrowSecond, XgroupCreateconsumer, "6.2.0", "Makes a consumer in a group."),
    Row("delconsumer", 5, kWrite, kShrinkSecond, XgroupDelconsumer, "5.0.0",
        "Removes a consumer and what is pending with it."),
    Row("destroy", 4, kWrite, kShrinkSecond, XgroupDestroy, "5.0.0", "Removes a consumer group."),
    Row("help", 2, kLoading | kStale, {}, XgroupHelp, "5.0.0", "Prints the subcommands."),
    Row("setid", -5, kWrite, kChangeSecond, XgroupSetid, "5.0.0", "Sets how far a group has read."),
};

constexpr CommandSpec kXinfo[] = {
    Row("consumers", 4, kReadonly, kReadSecond, XinfoConsumers, "5.0.0", "Lists the consumers of a group."),
    Row("groups", 3, kReadonly, kReadSecond, XinfoGroups, "5.0.0", "Lists the consumer groups of a stream."),
    Row("help", 2, kLoading | kStale, {}, XinfoHelp, "5.0.0", "Prints the subcommands."),
    Row("stream", -3, kReadonly, kReadSecond, XinfoStream, "5.0.0", "Tells what is known of a stream."),
};

constexpr CommandSpec Container(std::string_view name, std::span<const CommandSpec> subcommands,
                                std::string_view summary) {
  return {.name = name,
          .arity = -2,
          .group = Group::kStream,
          .subcommands = subcommands,
          .since = "5.0.0",
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("xack", -4, kWrite | kFast, kChange, Xack, "5.0.0", "Confirms that entries were dealt with."),
    Row("xadd", -5, kGrows | kFast, kChange, Xadd, "5.0.0", "Appends an entry to a stream."),
    Row("xautoclaim", -6, kWrite | kFast, kShrink, Xautoclaim, "6.2.0",
        "Takes over entries that have been pending for long."),
    Row("xclaim", -6, kWrite | kFast, kChange, Xclaim, "5.0.0", "Takes over pending entries, for one consumer."),
    Row("xdel", -3, kWrite | kFast, kShrink, Xdel, "5.0.0", "Erases entries of a stream."),
    Container("xgroup", kXgroup, "Makes and changes consumer groups."),
    Container("xinfo", kXinfo, "Looks behind a stream."),
    Row("xlen", 2, kReadonly | kFast, kLook, Xlen, "5.0.0", "Counts the entries of a stream."),
    Row("xpending", -3, kReadonly, kRead, Xpending, "5.0.0", "Tells what was delivered to a group and not confirmed."),
    Row("xrange", -4, kReadonly, kRead, Xrange, "5.0.0", "Gives the entries between two ids."),
    Row("xread", -4, kReadonly | kBlocking, kReadMany, Xread, "5.0.0",
        "Gives what streams have behind given ids, or waits for it."),
    Row("xreadgroup", -7, kWrite | kBlocking, kReadManyOfGroup, Xreadgroup, "5.0.0",
        "Gives a consumer what its group has not read yet, or waits for it."),
    Row("xrevrange", -4, kReadonly, kRead, Xrevrange, "5.0.0", "Gives the entries between two ids, backwards."),
    Row("xsetid", -3, kGrows | kFast, kChange, Xsetid, "5.0.0", "Sets the id that a stream gave last. For servers."),
    Row("xtrim", -4, kWrite, kShrink, Xtrim, "5.0.0", "Removes the oldest entries of a stream."),
};

}  // namespace

std::span<const CommandSpec> StreamCommands() { return kRows; }

}  // namespace dunlin::commands
