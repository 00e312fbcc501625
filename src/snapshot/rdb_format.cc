#include "snapshot/rdb_format.h"

#include <array>

namespace dunlin::snapshot {

std::string_view RdbTypeName(uint8_t type) {
  static constexpr std::array<std::string_view, 22> kNames = {"string",
                                                              "list-linked",
                                                              "set-hashtable",
                                                              "zset-v1",
                                                              "hash-hashtable",
                                                              "zset-v2",
                                                              "module-pre-release",
                                                              "module-value",
                                                              "",
                                                              "hash-zipmap",
                                                              "list-ziplist",
                                                              "set-intset",
                                                              "zset-ziplist",
                                                              "hash-ziplist",
                                                              "quicklist",
                                                              "stream",
                                                              "hash-listpack",
                                                              "zset-listpack",
                                                              "quicklist-v2",
                                                              "stream-v2",
                                                              "set-listpack",
                                                              "stream-v3"};
  return type < kNames.size() ? kNames[type] : "unknown";
}

}  // namespace dunlin::snapshot
