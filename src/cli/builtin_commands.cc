// The commands a user needs most, for servers that do not answer COMMAND DOCS and for no server at all.
#include <string_view>

#include "cli/command_docs.h"

namespace dunlin::cli {
namespace {

struct Row {
  std::string_view name;
  std::string_view since;
  std::string_view syntax;  // see ParseSyntax
  std::string_view summary;
};

struct Group {
  std::string_view name;
  std::span<const Row> rows;
};

constexpr Row kString[] = {
    {"APPEND", "2.0.0", "key value", "Adds to the end of a string."},
    {"DECR", "1.0.0", "key", "Takes one from a number."},
    {"DECRBY", "1.0.0", "key decrement:i", "Takes some from a number."},
    {"GET", "1.0.0", "key", "The string of a key."},
    {"GETDEL", "6.2.0", "key", "The string of a key, which is deleted."},
    {"GETEX", "6.2.0",
     "key [EX seconds:i|PX milliseconds:i|EXAT unix-time-seconds:i|PXAT unix-time-milliseconds:i|PERSIST]",
     "The string of a key, whose expiry is changed."},
    {"GETRANGE", "2.4.0", "key start:i end:i", "Part of a string."},
    {"GETSET", "1.0.0", "key value", "The old string of a key, which gets a new one."},
    {"INCR", "1.0.0", "key", "Adds one to a number."},
    {"INCRBY", "1.0.0", "key increment:i", "Adds some to a number."},
    {"INCRBYFLOAT", "2.6.0", "key increment:d", "Adds some to a number with a fraction."},
    {"LCS", "7.0.0", "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len:i] [WITHMATCHLEN]",
     "The longest sequence that two strings share."},
    {"MGET", "1.0.0", "key...", "The strings of several keys."},
    {"MSET", "1.0.1", "(key value)...", "Sets several keys at once."},
    {"MSETNX", "1.0.1", "(key value)...", "Sets several keys at once, if none of them exists."},
    {"SET", "1.0.0",
     "key value [NX|XX] [GET] [EX seconds:i|PX milliseconds:i|EXAT unix-time-seconds:i|"
     "PXAT unix-time-milliseconds:i|KEEPTTL]",
     "Sets the string of a key, whatever was there."},
    {"SETEX", "2.0.0", "key seconds:i value", "Sets a string that expires."},
    {"SETNX", "1.0.0", "key value", "Sets a string if the key does not exist."},
    {"SETRANGE", "2.2.0", "key offset:i value", "Overwrites part of a string."},
    {"STRLEN", "2.2.0", "key", "Length of a string."},
};

constexpr Row kList[] = {
    {"BLMOVE", "6.2.0", "source destination (LEFT|RIGHT) (LEFT|RIGHT) timeout:d",
     "Moves an element to another list; waits for one."},
    {"BLPOP", "2.0.0", "key... timeout:d", "Takes the first element of a list; waits for one."},
    {"BRPOP", "2.0.0", "key... timeout:d", "Takes the last element of a list; waits for one."},
    {"LINDEX", "1.0.0", "key index:i", "The element at a position."},
    {"LINSERT", "2.2.0", "key (BEFORE|AFTER) pivot element", "Inserts before or after an element."},
    {"LLEN", "1.0.0", "key", "Length of a list."},
    {"LMOVE", "6.2.0", "source destination (LEFT|RIGHT) (LEFT|RIGHT)", "Moves an element to another list."},
    {"LMPOP", "7.0.0", "numkeys:i key... (LEFT|RIGHT) [COUNT count:i]",
     "Takes elements of the first list that has some."},
    {"LPOP", "1.0.0", "key [count:i]", "Takes elements from the front."},
    {"LPOS", "6.0.6", "key element [RANK rank:i] [COUNT num-matches:i] [MAXLEN len:i]", "Where an element stands."},
    {"LPUSH", "1.0.0", "key element...", "Puts elements to the front."},
    {"LRANGE", "1.0.0", "key start:i stop:i", "Part of a list."},
    {"LREM", "1.0.0", "key count:i element", "Removes elements that are equal to this."},
    {"LSET", "1.0.0", "key index:i element", "Replaces the element at a position."},
    {"LTRIM", "1.0.0", "key start:i stop:i", "Keeps part of a list."},
    {"RPOP", "1.0.0", "key [count:i]", "Takes elements from the end."},
    {"RPUSH", "1.0.0", "key element...", "Puts elements to the end."},
};

constexpr Row kHash[] = {
    {"HDEL", "2.0.0", "key field...", "Deletes fields."},
    {"HEXISTS", "2.0.0", "key field", "Whether a field exists."},
    {"HGET", "2.0.0", "key field", "The value of a field."},
    {"HGETALL", "2.0.0", "key", "All fields and values."},
    {"HINCRBY", "2.0.0", "key field increment:i", "Adds some to the number of a field."},
    {"HINCRBYFLOAT", "2.6.0", "key field increment:d", "Adds some to a field's number with a fraction."},
    {"HKEYS", "2.0.0", "key", "All fields."},
    {"HLEN", "2.0.0", "key", "How many fields there are."},
    {"HMGET", "2.0.0", "key field...", "The values of several fields."},
    {"HRANDFIELD", "6.2.0", "key [count:i [WITHVALUES]]", "Random fields."},
    {"HSCAN", "2.8.0", "key cursor:i [MATCH pattern] [COUNT count:i]", "Walks through the fields."},
    {"HSET", "2.0.0", "key (field value)...", "Sets fields."},
    {"HSETNX", "2.0.0", "key field value", "Sets a field if it does not exist."},
    {"HSTRLEN", "3.2.0", "key field", "Length of a field's value."},
    {"HVALS", "2.0.0", "key", "All values."},
};

constexpr Row kSet[] = {
    {"SADD", "1.0.0", "key member...", "Adds members."},
    {"SCARD", "1.0.0", "key", "How many members there are."},
    {"SDIFF", "1.0.0", "key...", "Members of the first set that no other has."},
    {"SDIFFSTORE", "1.0.0", "destination key...", "Stores what SDIFF gives."},
    {"SINTER", "1.0.0", "key...", "Members that all sets have."},
    {"SINTERCARD", "7.0.0", "numkeys:i key... [LIMIT limit:i]", "How many members all sets have."},
    {"SINTERSTORE", "1.0.0", "destination key...", "Stores what SINTER gives."},
    {"SISMEMBER", "1.0.0", "key member", "Whether this is a member."},
    {"SMEMBERS", "1.0.0", "key", "All members."},
    {"SMISMEMBER", "6.2.0", "key member...", "Whether these are members."},
    {"SMOVE", "1.0.0", "source destination member", "Moves a member to another set."},
    {"SPOP", "1.0.0", "key [count:i]", "Takes random members."},
    {"SRANDMEMBER", "1.0.0", "key [count:i]", "Random members."},
    {"SREM", "1.0.0", "key member...", "Removes members."},
    {"SSCAN", "2.8.0", "key cursor:i [MATCH pattern] [COUNT count:i]", "Walks through the members."},
    {"SUNION", "1.0.0", "key...", "Members that any set has."},
    {"SUNIONSTORE", "1.0.0", "destination key...", "Stores what SUNION gives."},
};

constexpr Row kSortedSet[] = {
    {"BZPOPMAX", "5.0.0", "key... timeout:d", "Takes the member with the highest score; waits for one."},
    {"BZPOPMIN", "5.0.0", "key... timeout:d", "Takes the member with the lowest score; waits for one."},
    {"ZADD", "1.2.0", "key [NX|XX] [GT|LT] [CH] [INCR] (score:d member)...", "Adds members, or changes their scores."},
    {"ZCARD", "1.2.0", "key", "How many members there are."},
    {"ZCOUNT", "2.0.0", "key min:d max:d", "How many members have scores in this range."},
    {"ZINCRBY", "1.2.0", "key increment:i member", "Adds some to a score."},
    {"ZPOPMAX", "5.0.0", "key [count:i]", "Takes the members with the highest scores."},
    {"ZPOPMIN", "5.0.0", "key [count:i]", "Takes the members with the lowest scores."},
    {"ZRANDMEMBER", "6.2.0", "key [count:i [WITHSCORES]]", "Random members."},
    {"ZRANGE", "1.2.0", "key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset:i count:i] [WITHSCORES]",
     "Members in a range of ranks, scores or names."},
    {"ZRANGEBYSCORE", "1.0.5", "key min:d max:d [WITHSCORES] [LIMIT offset:i count:i]",
     "Members in a range of scores."},
    {"ZRANK", "2.0.0", "key member [WITHSCORE]", "The rank of a member."},
    {"ZREM", "1.2.0", "key member...", "Removes members."},
    {"ZREMRANGEBYRANK", "2.0.0", "key start:i stop:i", "Removes members in a range of ranks."},
    {"ZREMRANGEBYSCORE", "1.2.0", "key min:d max:d", "Removes members in a range of scores."},
    {"ZREVRANK", "2.0.0", "key member [WITHSCORE]", "The rank of a member, counted from the highest score."},
    {"ZSCAN", "2.8.0", "key cursor:i [MATCH pattern] [COUNT count:i]", "Walks through the members."},
    {"ZSCORE", "1.2.0", "key member", "The score of a member."},
};

constexpr Row kGeneric[] = {
    {"COPY", "6.2.0", "source destination [DB destination-db:i] [REPLACE]", "Copies a key."},
    {"DEL", "1.0.0", "key...", "Deletes keys."},
    {"DUMP", "2.6.0", "key", "The value of a key as bytes for RESTORE."},
    {"EXISTS", "1.0.0", "key...", "How many of these keys exist."},
    {"EXPIRE", "1.0.0", "key seconds:i [NX|XX|GT|LT]", "Sets the time to live in seconds."},
    {"EXPIREAT", "1.2.0", "key unix-time-seconds:i [NX|XX|GT|LT]", "Sets the end of life as a Unix time."},
    {"KEYS", "1.0.0", "pattern", "All keys that fit a pattern; slow."},
    {"MIGRATE", "2.6.0",
     "host port:i (key|\"\") destination-db:i timeout:i [COPY] [REPLACE] "
     "[AUTH password|AUTH2 username password] [KEYS key...]",
     "Moves keys to another server."},
    {"OBJECT ENCODING", "2.2.3", "key", "How a value is kept in memory."},
    {"OBJECT FREQ", "4.0.0", "key", "How often a key is used, for LFU."},
    {"OBJECT IDLETIME", "2.2.3", "key", "How long a key has not been used."},
    {"PERSIST", "2.2.0", "key", "Takes the expiry away."},
    {"PEXPIRE", "2.6.0", "key milliseconds:i [NX|XX|GT|LT]", "Sets the time to live in milliseconds."},
    {"PTTL", "2.6.0", "key", "The time to live in milliseconds."},
    {"RANDOMKEY", "1.0.0", "", "A random key."},
    {"RENAME", "1.0.0", "key newkey", "Renames a key."},
    {"RESTORE", "2.6.0", "key ttl:i serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds:i] [FREQ frequency:i]",
     "Makes a key from the bytes of DUMP."},
    {"SCAN", "2.8.0", "cursor:i [MATCH pattern] [COUNT count:i] [TYPE type]", "Walks through all keys."},
    {"SORT", "1.0.0",
     "key [BY by-pattern] [LIMIT offset:i count:i] [GET get-pattern]* [ASC|DESC] [ALPHA] "
     "[STORE destination]",
     "Sorts a list, a set or a sorted set."},
    {"TOUCH", "3.2.1", "key...", "Marks keys as used just now."},
    {"TTL", "1.0.0", "key", "The time to live in seconds."},
    {"TYPE", "1.0.0", "key", "The type of a key."},
    {"UNLINK", "4.0.0", "key...", "Deletes keys, freeing the memory later."},
    {"WAIT", "3.0.0", "numreplicas:i timeout:i", "Waits until replicas have the last writes."},
};

constexpr Row kStream[] = {
    {"XACK", "5.0.0", "key group id...", "Says that messages have been dealt with."},
    {"XADD", "5.0.0", "key [NOMKSTREAM] [(MAXLEN|MINID) [=|~] threshold [LIMIT count:i]] (*|id) (field value)...",
     "Adds a message."},
    {"XDEL", "5.0.0", "key id...", "Deletes messages."},
    {"XLEN", "5.0.0", "key", "How many messages there are."},
    {"XRANGE", "5.0.0", "key start end [COUNT count:i]", "Messages in a range of ids."},
    {"XREAD", "5.0.0", "[COUNT count:i] [BLOCK milliseconds:i] STREAMS key... id...", "Messages after these ids."},
    {"XREVRANGE", "5.0.0", "key end start [COUNT count:i]", "Messages in a range of ids, youngest first."},
};

constexpr Row kGeo[] = {
    {"GEOADD", "3.2.0", "key [NX|XX] [CH] (longitude:d latitude:d member)...", "Adds places."},
    {"GEODIST", "3.2.0", "key member1 member2 [M|KM|FT|MI]", "How far two places are apart."},
    {"GEOPOS", "3.2.0", "key [member...]", "Where places are."},
    {"GEORADIUS", "3.2.0",
     "key longitude:d latitude:d radius:d (M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count:i [ANY]] "
     "[ASC|DESC] [STORE key|STOREDIST key]",
     "Places around a point."},
    {"GEOSEARCH", "6.2.0",
     "key (FROMMEMBER member|FROMLONLAT longitude:d latitude:d) (BYRADIUS radius:d (M|KM|FT|MI)|"
     "BYBOX width:d height:d (M|KM|FT|MI)) [ASC|DESC] [COUNT count:i [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
     "Places in a circle or a box."},
};

constexpr Row kBitmap[] = {
    {"BITCOUNT", "2.6.0", "key [start:i end:i [BYTE|BIT]]", "Counts the bits that are set."},
    {"BITFIELD_RO", "6.0.0", "key [GET encoding offset:i]*", "Reads integers out of a string's bits."},
    {"BITPOS", "2.8.7", "key bit:i [start:i [end:i [BYTE|BIT]]]", "Where the first set or clear bit is."},
    {"GETBIT", "2.2.0", "key offset:i", "One bit."},
    {"SETBIT", "2.2.0", "key offset:i value:i", "Sets or clears a bit."},
};

constexpr Row kPubSub[] = {
    {"PSUBSCRIBE", "2.0.0", "pattern...", "Listens to channels that fit a pattern."},
    {"PUBLISH", "2.0.0", "channel message", "Sends a message to a channel."},
    {"PUBSUB CHANNELS", "2.8.0", "[pattern]", "Channels that somebody listens to."},
    {"PUNSUBSCRIBE", "2.0.0", "[pattern...]", "Stops listening to patterns."},
    {"SPUBLISH", "7.0.0", "shardchannel message", "Sends a message to a channel of a shard."},
    {"SSUBSCRIBE", "7.0.0", "shardchannel...", "Listens to channels of a shard."},
    {"SUBSCRIBE", "2.0.0", "channel...", "Listens to channels."},
    {"SUNSUBSCRIBE", "7.0.0", "[shardchannel...]", "Stops listening to channels of a shard."},
    {"UNSUBSCRIBE", "2.0.0", "[channel...]", "Stops listening to channels."},
};

constexpr Row kTransactions[] = {
    {"DISCARD", "2.0.0", "", "Forgets the commands since MULTI."},
    {"EXEC", "1.2.0", "", "Runs the commands since MULTI."},
    {"MULTI", "1.2.0", "", "Begins a transaction."},
    {"UNWATCH", "2.2.0", "", "Forgets the keys that are watched."},
    {"WATCH", "2.2.0", "key...", "Lets EXEC fail when these keys change."},
};

constexpr Row kScripting[] = {
    {"EVAL", "2.6.0", "script numkeys:i [key...] [arg...]", "Runs a Lua script."},
    {"EVALSHA", "2.6.0", "sha1 numkeys:i [key...] [arg...]", "Runs a script that was loaded."},
    {"FCALL", "7.0.0", "function numkeys:i [key...] [arg...]", "Runs a function."},
    {"FUNCTION LIST", "7.0.0", "[LIBRARYNAME library-name-pattern] [WITHCODE]", "Libraries and their functions."},
    {"FUNCTION LOAD", "7.0.0", "[REPLACE] function-code", "Loads a library."},
    {"SCRIPT LOAD", "2.6.0", "script", "Loads a script for EVALSHA."},
};

constexpr Row kConnection[] = {
    {"AUTH", "1.0.0", "[username] password", "Says who we are."},
    {"CLIENT ID", "5.0.0", "", "The number of this connection."},
    {"CLIENT KILL", "2.4.0", "ip:port", "Ends a connection."},
    {"CLIENT LIST", "2.4.0", "[TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID client-id:i...]", "All connections."},
    {"CLIENT SETNAME", "2.6.9", "connection-name", "Gives this connection a name."},
    {"ECHO", "1.0.0", "message", "The same text back."},
    {"HELLO", "6.0.0", "[protover:i [AUTH username password] [SETNAME clientname]]",
     "Chooses the protocol and tells about the server."},
    {"PING", "1.0.0", "[message]", "Whether the server answers."},
    {"QUIT", "1.0.0", "", "Ends this connection."},
    {"RESET", "6.2.0", "", "Makes this connection as new."},
    {"SELECT", "1.0.0", "index:i", "Goes to another database."},
};

constexpr Row kServer[] = {
    {"ACL LIST", "6.0.0", "", "All users and their rules."},
    {"ACL SETUSER", "6.0.0", "username [rule...]", "Makes or changes a user."},
    {"ACL WHOAMI", "6.0.0", "", "The user of this connection."},
    {"BGREWRITEAOF", "1.0.0", "", "Rewrites the append-only file in the background."},
    {"BGSAVE", "1.0.0", "[SCHEDULE]", "Saves a snapshot in the background."},
    {"COMMAND", "2.8.13", "", "All commands."},
    {"COMMAND DOCS", "7.0.0", "[command-name...]", "What commands do and take."},
    {"CONFIG GET", "2.0.0", "parameter...", "Configuration parameters that fit."},
    {"CONFIG RESETSTAT", "2.0.0", "", "Sets the statistics to zero."},
    {"CONFIG REWRITE", "2.8.0", "", "Writes the configuration to its file."},
    {"CONFIG SET", "2.0.0", "(parameter value)...", "Changes configuration parameters."},
    {"DBSIZE", "1.0.0", "", "How many keys there are."},
    {"FLUSHALL", "1.0.0", "[ASYNC|SYNC]", "Deletes everything."},
    {"FLUSHDB", "1.0.0", "[ASYNC|SYNC]", "Deletes the keys of this database."},
    {"INFO", "1.0.0", "[section...]", "Facts and statistics."},
    {"LASTSAVE", "1.0.0", "", "When a snapshot was saved."},
    {"LATENCY DOCTOR", "2.8.13", "", "What may be the reason for latency."},
    {"MEMORY USAGE", "4.0.0", "key [SAMPLES count:i]", "How much memory a key takes."},
    {"MONITOR", "1.0.0", "", "Shows all commands as they come."},
    {"REPLICAOF", "5.0.0", "host port:i", "Makes the server a replica, or a primary."},
    {"ROLE", "2.8.12", "", "Primary or replica, and of whom."},
    {"SAVE", "1.0.0", "", "Saves a snapshot now."},
    {"SHUTDOWN", "1.0.0", "[NOSAVE|SAVE] [NOW] [FORCE] [ABORT]", "Ends the server."},
    {"SLOWLOG GET", "2.2.12", "[count:i]", "The slowest commands."},
    {"SWAPDB", "4.0.0", "index1:i index2:i", "Exchanges two databases."},
    {"TIME", "2.6.0", "", "The time of the server."},
};

constexpr Row kCluster[] = {
    {"ASKING", "3.0.0", "", "Allows the next command on a slot that is being imported."},
    {"CLUSTER ADDSLOTS", "3.0.0", "slot:i...", "Gives slots to this node."},
    {"CLUSTER ADDSLOTSRANGE", "7.0.0", "(start-slot:i end-slot:i)...", "Gives ranges of slots to this node."},
    {"CLUSTER COUNTKEYSINSLOT", "3.0.0", "slot:i", "How many keys are in a slot."},
    {"CLUSTER DELSLOTS", "3.0.0", "slot:i...", "Takes slots from this node."},
    {"CLUSTER FAILOVER", "3.0.0", "[FORCE|TAKEOVER]", "Lets a replica take its primary's place."},
    {"CLUSTER FORGET", "3.0.0", "node-id", "Removes a node."},
    {"CLUSTER GETKEYSINSLOT", "3.0.0", "slot:i count:i", "Keys of a slot."},
    {"CLUSTER INFO", "3.0.0", "", "The state of the cluster."},
    {"CLUSTER KEYSLOT", "3.0.0", "key", "The slot of a key."},
    {"CLUSTER MEET", "3.0.0", "ip port:i [cluster-bus-port:i]", "Joins with another node."},
    {"CLUSTER MYID", "3.0.0", "", "The id of this node."},
    {"CLUSTER NODES", "3.0.0", "", "All nodes, with their slots."},
    {"CLUSTER REPLICATE", "3.0.0", "node-id", "Makes this node a replica."},
    {"CLUSTER RESET", "3.0.0", "[HARD|SOFT]", "Makes this node as new."},
    {"CLUSTER SETSLOT", "3.0.0", "slot:i (IMPORTING node-id|MIGRATING node-id|NODE node-id|STABLE)",
     "Gives a slot to a node, or prepares that."},
    {"CLUSTER SHARDS", "7.0.0", "", "All shards, with their slots and nodes."},
    {"CLUSTER SLOTS", "3.0.0", "", "Which nodes have which slots."},
    {"READONLY", "3.0.0", "", "Allows reading from this replica."},
    {"READWRITE", "3.0.0", "", "Ends what READONLY allowed."},
};

constexpr Group kGroups[] = {
    {"string", kString},
    {"list", kList},
    {"hash", kHash},
    {"set", kSet},
    {"sorted-set", kSortedSet},
    {"generic", kGeneric},
    {"stream", kStream},
    {"geo", kGeo},
    {"bitmap", kBitmap},
    {"pubsub", kPubSub},
    {"transactions", kTransactions},
    {"scripting", kScripting},
    {"connection", kConnection},
    {"server", kServer},
    {"cluster", kCluster},
};

}  // namespace

CommandDocs CommandDocs::Builtin() {
  CommandDocs docs;
  for (const Group& group : kGroups) {
    for (const Row& row : group.rows) {
      CommandDoc doc;
      doc.name = row.name;
      size_t blank = row.name.find(' ');
      doc.words.emplace_back(row.name.substr(0, blank));
      if (blank != std::string_view::npos) doc.words.emplace_back(row.name.substr(blank + 1));
      doc.since = row.since;
      doc.group = group.name;
      doc.summary = row.summary;
      doc.arguments = ParseSyntax(row.syntax);
      docs.Add(std::move(doc));
    }
  }
  docs.Finish();
  return docs;
}

}  // namespace dunlin::cli
