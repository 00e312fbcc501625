// The sorted set family.
#include "commands/sorted_set_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace sorted_set_commands;

constexpr uint16_t kReadFlags = kKeyRO | kKeyAccess;
constexpr uint16_t kTakeFlags = kKeyRW | kKeyAccess | kKeyDelete;
constexpr uint16_t kTargetFlags = kKeyOW | kKeyUpdate;

constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kRead[] = {Key(kReadFlags)};
constexpr KeySpec kReadCounted[] = {CountedKeys(kReadFlags, 1)};
constexpr KeySpec kAdd[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kChange[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate)};
constexpr KeySpec kShrink[] = {Key(kKeyRW | kKeyDelete)};
constexpr KeySpec kPop[] = {Key(kTakeFlags)};
constexpr KeySpec kPopAny[] = {Keys(kTakeFlags, 1, -2, 1)};
constexpr KeySpec kPopCounted[] = {CountedKeys(kTakeFlags, 1)};
constexpr KeySpec kPopCountedLate[] = {CountedKeys(kTakeFlags, 2)};
constexpr KeySpec kStoreCounted[] = {Key(kTargetFlags), CountedKeys(kReadFlags, 2)};
constexpr KeySpec kStoreRange[] = {Key(kTargetFlags), Key(kReadFlags, 2)};

constexpr uint32_t kGrows = kWrite | kDenyOom;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclSortedSet,
          .group = Group::kSortedSet,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("bzmpop", -5, kWrite | kBlocking, kPopCountedLate, Bzmpop, "7.0.0", "ZMPOP that waits for a member."),
    Row("bzpopmax", -3, kWrite | kFast | kBlocking, kPopAny, Bzpopmax, "5.0.0",
        "Pops the member with the highest score, or waits."),
    Row("bzpopmin", -3, kWrite | kFast | kBlocking, kPopAny, Bzpopmin, "5.0.0",
        "Pops the member with the lowest score, or waits."),
    Row("zadd", -4, kGrows | kFast, kAdd, Zadd, "1.2.0", "Adds members, or changes their scores."),
    Row("zcard", 2, kReadonly | kFast, kLook, Zcard, "1.2.0", "Counts the members of a sorted set."),
    Row("zcount", 4, kReadonly | kFast, kRead, Zcount, "2.0.0", "Counts the members between two scores."),
    Row("zdiff", -3, kReadonly, kReadCounted, Zdiff, "6.2.0", "Gives what the first sorted set has and no other."),
    Row("zdiffstore", -4, kGrows, kStoreCounted, Zdiffstore, "6.2.0",
        "Stores what the first sorted set has and no other."),
    Row("zincrby", 4, kGrows | kFast, kChange, Zincrby, "1.2.0", "Adds to the score of a member."),
    Row("zinter", -3, kReadonly, kReadCounted, Zinter, "6.2.0", "Gives what all sorted sets have."),
    Row("zintercard", -3, kReadonly, kReadCounted, Zintercard, "7.0.0", "Counts what all sorted sets have."),
    Row("zinterstore", -4, kGrows, kStoreCounted, Zinterstore, "2.0.0", "Stores what all sorted sets have."),
    Row("zlexcount", 4, kReadonly | kFast, kRead, Zlexcount, "2.8.9", "Counts the members between two members."),
    Row("zmpop", -4, kWrite, kPopCounted, Zmpop, "7.0.0", "Pops members of the first sorted set that there is."),
    Row("zmscore", -3, kReadonly | kFast, kRead, Zmscore, "6.2.0", "Gives the scores of several members."),
    Row("zpopmax", -2, kWrite | kFast, kPop, Zpopmax, "5.0.0", "Pops the members with the highest scores."),
    Row("zpopmin", -2, kWrite | kFast, kPop, Zpopmin, "5.0.0", "Pops the members with the lowest scores."),
    Row("zrandmember", -2, kReadonly, kRead, Zrandmember, "6.2.0", "Gives random members of a sorted set."),
    Row("zrange", -4, kReadonly, kRead, Zrange, "1.2.0", "Gives the members of a range."),
    Row("zrangebylex", -4, kReadonly, kRead, Zrangebylex, "2.8.9", "Gives the members between two members."),
    Row("zrangebyscore", -4, kReadonly, kRead, Zrangebyscore, "1.0.5", "Gives the members between two scores."),
    Row("zrangestore", -5, kGrows, kStoreRange, Zrangestore, "6.2.0", "Stores the members of a range."),
    Row("zrank", -3, kReadonly | kFast, kRead, Zrank, "2.0.0", "Tells the place of a member, by rising scores."),
    Row("zrem", -3, kWrite | kFast, kShrink, Zrem, "1.2.0", "Removes members from a sorted set."),
    Row("zremrangebylex", 4, kWrite, kShrink, Zremrangebylex, "2.8.9", "Removes the members between two members."),
    Row("zremrangebyrank", 4, kWrite, kShrink, Zremrangebyrank, "2.0.0", "Removes the members between two places."),
    Row("zremrangebyscore", 4, kWrite, kShrink, Zremrangebyscore, "1.2.0", "Removes the members between two scores."),
    Row("zrevrange", -4, kReadonly, kRead, Zrevrange, "1.2.0", "Gives the members between two places, backwards."),
    Row("zrevrangebylex", -4, kReadonly, kRead, Zrevrangebylex, "2.8.9",
        "Gives the members between two members, backwards."),
    Row("zrevrangebyscore", -4, kReadonly, kRead, Zrevrangebyscore, "2.2.0",
        "Gives the members between two scores, backwards."),
    Row("zrevrank", -3, kReadonly | kFast, kRead, Zrevrank, "2.0.0", "Tells the place of a member, by falling scores."),
    Row("zscan", -3, kReadonly, kRead, Zscan, "2.8.0", "Walks through a sorted set in steps."),
    Row("zscore", 3, kReadonly | kFast, kRead, Zscore, "1.2.0", "Gives the score of a member."),
    Row("zunion", -3, kReadonly, kReadCounted, Zunion, "6.2.0", "Gives what any of the sorted sets has."),
    Row("zunionstore", -4, kGrows, kStoreCounted, Zunionstore, "2.0.0", "Stores what any of the sorted sets has."),
};

}  // namespace

std::span<const CommandSpec> SortedSetCommands() { return kRows; }

}  // namespace dunlin::commands
