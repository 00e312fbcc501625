// What a key can hold, and how it is held: the words that TYPE and OBJECT ENCODING answer with.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace dunlin::values {

// The numbers are stored in entries; 5 is a module's type and is not ours.
enum class Type : uint8_t {
  kString = 0,
  kList = 1,
  kSet = 2,
  kSortedSet = 3,
  kHash = 4,
  kStream = 6,
};

enum class Encoding : uint8_t {
  kInt,
  kEmbstr,
  kRaw,
  kListpack,
  kQuicklist,
  kIntset,
  kHashtable,
  kSkiplist,  // the name of every large sorted set, whatever it is made of
  kStream,
};

// "string", "list", "set", "zset", "hash", "stream".
std::string_view TypeName(Type type);
// "int", "embstr", "raw", "listpack", "quicklist", "intset", "hashtable", "skiplist", "stream".
std::string_view EncodingName(Encoding encoding);

}  // namespace dunlin::values
