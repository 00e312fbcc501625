#include <fmt/format.h>

#include <cstdio>

#include "base/ascii.h"
#include "base/numbers.h"
#include "base/quoted.h"
#include "commands/access.h"
#include "server/data_digest.h"
#include "server/ops_debug.h"
#include "server/persistence_driver.h"
#include "server/server.h"
#include "snapshot/entry_record.h"
#include "snapshot/value_encoder.h"
#include "values/listpack.h"

namespace dunlin::server {
namespace {

// The entry at argument i, expired or not; otherwise replies that there is none.
const store::Entry* EntryAt(Call& call, size_t i) {
  store::Store& store = call.server.store();
  store::KeyRef key = store.Ref(call.args[i]);
  const store::Entry* entry = store.slot(key.slot).Find(call.session.db, key);
  if (entry == nullptr) call.reply.Error("ERR no such key");
  return entry;
}

// A count that is not negative; otherwise replies an error.
bool CountArg(Call& call, size_t i, int64_t* value) {
  auto parsed = ParseInt64(call.args[i]);
  if (parsed && *parsed >= 0) {
    *value = *parsed;
    return true;
  }
  call.reply.Error(parsed ? "ERR value is out of range, must be positive"
                          : "ERR value is not an integer or out of range");
  return false;
}

std::string QuicklistText(const values::List& list, const values::EncodingLimits& limits) {
  size_t bytes = 0;
  for (size_t i = 0; i < list.node_count(); ++i) bytes += list.NodeAt(i).bytes.size();
  return fmt::format(" ql_nodes:{} ql_avg_node:{:.2f} ql_listpack_max:{} ql_compressed:{} ql_uncompressed_size:{}",
                     list.node_count(), static_cast<double>(list.size()) / static_cast<double>(list.node_count()),
                     limits.list_max_listpack_size, limits.list_compress_depth != 0 ? 1 : 0, bytes);
}

void PrintListpack(std::string_view blob) {
  std::string text =
      fmt::format("listpack of {} bytes, {} entries\n", blob.size(), values::ListpackView(blob.data()).size());
  values::ListpackView(blob.data()).ForEach([&](std::string_view element) {
    text.append("  ");
    AppendQuoted(text, element);
    text.append("\n");
  });
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// REQUIRES: the value is a listpack.
std::string_view PackedOf(const store::Entry& entry) {
  switch (entry.type()) {
    case values::Type::kList: return entry.As<values::List>().NodeAt(0).bytes;
    case values::Type::kSet: return entry.As<values::Set>().packed();
    case values::Type::kSortedSet: return entry.As<values::SortedSet>().packed();
    default: return entry.As<values::Hash>().packed();
  }
}

std::string TableText(uint64_t elements, size_t bytes, uint64_t resizing) {
  if (elements == 0) return "No stats available for empty dictionaries\n";
  return fmt::format(
      "Hash table 0 stats (main hash table):\n number of elements: {}\n index bytes: {}\n parts being resized: {}\n",
      elements, bytes, resizing);
}

}  // namespace

void DebugObject(Call& call) {
  const store::Entry* entry = EntryAt(call, 2);
  if (entry == nullptr) return;
  const commands::HandlerSettings& settings = call.server.handler_settings();
  std::string value;
  snapshot::AppendValue(value, snapshot::RefOf(*entry), {.version = settings.rdb_version});
  std::string text = fmt::format("Value at:{} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
                                 fmt::ptr(entry), entry->EncodingName(), value.size(), entry->access(),
                                 commands::IdleSeconds(entry->access(), call.now_ms));
  if (entry->EncodingName() == values::EncodingName(values::Encoding::kQuicklist)) {
    text += QuicklistText(entry->As<values::List>(), settings.encoding);
  }
  call.reply.Simple(text);
}

void DebugSdslen(Call& call) {
  const store::Entry* entry = EntryAt(call, 2);
  if (entry == nullptr) return;
  if (!entry->is_string() || entry->is_integer()) return call.reply.Error("ERR Not an sds encoded string.");
  // Key and value share one allocation, in which nothing is left over.
  call.reply.Simple(
      fmt::format("key_sds_len:{}, key_sds_avail:0, key_zmalloc: 0, val_sds_len:{}, val_sds_avail:0, "
                  "val_zmalloc: {}",
                  entry->key().size(), entry->StringLength(), entry->memory_bytes()));
}

void DebugListpack(Call& call) {
  const store::Entry* entry = EntryAt(call, 2);
  if (entry == nullptr) return;
  if (entry->EncodingName() != values::EncodingName(values::Encoding::kListpack)) {
    return call.reply.Error("ERR Not a listpack encoded object.");
  }
  PrintListpack(PackedOf(*entry));
  call.reply.Simple("Listpack structure printed on stdout");
}

void DebugQuicklist(Call& call) {
  const store::Entry* entry = EntryAt(call, 2);
  if (entry == nullptr) return;
  if (entry->EncodingName() != values::EncodingName(values::Encoding::kQuicklist)) {
    return call.reply.Error("ERR Not a quicklist encoded object.");
  }
  bool with_elements = call.args.size() == 4 && DebugFlag(call, 3);
  const auto& list = entry->As<values::List>();
  for (size_t i = 0; i < list.node_count(); ++i) {
    values::ListNodeView node = list.NodeAt(i);
    fmt::print("node {}: {}, {} bytes, {} elements\n", i, node.plain ? "plain" : "listpack", node.bytes.size(),
               node.count);
    if (with_elements && !node.plain) PrintListpack(node.bytes);
  }
  std::fflush(stdout);
  call.reply.Simple("Quicklist structure printed on stdout");
}

void DebugDigest(Call& call) { call.reply.Simple(DataDigest().OfStore(call.server.store())); }

void DebugDigestValue(Call& call) {
  DataDigest digest;
  store::Store& store = call.server.store();
  call.reply.Array(call.args.size() - 2);
  for (std::string_view name : call.args.subspan(2)) {
    store::KeyRef key = store.Ref(name);
    const store::Entry* entry = store.slot(key.slot).Find(call.session.db, key);
    call.reply.Simple(entry == nullptr ? DataDigest::Nothing() : digest.OfValue(*entry));
  }
}

void DebugPopulate(Call& call) {
  int64_t count = 0;
  int64_t size = 0;
  if (!CountArg(call, 2, &count) || (call.args.size() == 5 && !CountArg(call, 4, &size))) return;
  std::string prefix(call.args.size() == 3 ? "key" : call.args[3]);
  store::Store& store = call.server.store();
  for (int64_t i = 0; i < count; ++i) {
    std::string name = prefix + ":" + std::to_string(i);
    store::KeyRef key = store.Ref(name);
    store::Slot& slot = store.slot(key.slot);
    if (slot.Find(call.session.db, key) != nullptr) continue;
    std::string value = "value:" + std::to_string(i);
    if (size > 0) value.resize(static_cast<size_t>(size));
    slot.PutString(store.context(), call.session.db, key, value, store::kNoExpiry);
    slot.TouchWatchers(call.server.store().context(), call.session.db, name);
  }
  call.reply.Ok();
}

void DebugReload(Call& call) {
  ReloadOptions options;
  for (std::string_view word : call.args.subspan(2)) {
    if (EqualsIgnoreCase(word, "merge")) {
      options.merge = true;
    } else if (EqualsIgnoreCase(word, "noflush")) {
      options.flush = false;
    } else if (EqualsIgnoreCase(word, "nosave")) {
      options.save = false;
    } else {
      return call.reply.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  if (call.server.loads_anything()) return call.reply.Error("LOADING Redis is loading the dataset in memory");
  PersistenceDriver& persistence = call.server.persistence();
  if (options.save && !persistence.SaveAlone().ok()) return call.reply.Error("ERR");
  Status loaded = persistence.ReloadAlone(options);
  if (!loaded.ok()) {
    call.server.log().Warning("{}", loaded.message());
    return call.reply.Error("ERR Error trying to load the RDB dump, check server logs.");
  }
  call.server.log().Notice("DB reloaded by DEBUG RELOAD");
  call.reply.Ok();
}

void DebugLoadaof(Call& call) {
  if (call.server.loads_anything()) return call.reply.Error("LOADING Redis is loading the dataset in memory");
  Status loaded = call.server.persistence().ReloadAofAlone();
  if (!loaded.ok()) {
    call.server.log().Warning("{}", loaded.message());
    return call.reply.Error("ERR Error trying to load the AOF files, check server logs.");
  }
  call.server.log().Notice("Append Only File loaded by DEBUG LOADAOF");
  call.reply.Ok();
}

void DebugHtstats(Call& call) {
  auto number = ParseInt64(call.args[2]);
  if (!number) return call.reply.Error("ERR value is not an integer or out of range");
  const store::Store& store = call.server.store();
  if (*number < 0 || *number >= store.database_count()) return call.reply.Error("ERR Out of range database");
  DbIndex db(static_cast<uint16_t>(*number));
  size_t bytes = 0;
  uint64_t resizing = 0;
  for (int i = 0; i < kSlotCount; ++i) {
    const store::SlotTable* table = store.slot(SlotId(static_cast<uint16_t>(i))).TableIfAny(db);
    if (table == nullptr) continue;
    bytes += table->entries.bytes();
    resizing += table->entries.resizing() ? 1 : 0;
  }
  // Keys that expire have no table of their own.
  call.reply.Verbatim("txt", "[Dictionary HT]\n" + TableText(store.KeyCount(db), bytes, resizing) +
                                 fmt::format("[Expires HT]\n number of elements: {}\n", store.ExpiryCount(db)));
}

void DebugHtstatsKey(Call& call) {
  const store::Entry* entry = EntryAt(call, 2);
  if (entry == nullptr) return;
  std::string_view encoding = entry->EncodingName();
  if (encoding != values::EncodingName(values::Encoding::kHashtable) &&
      encoding != values::EncodingName(values::Encoding::kSkiplist)) {
    return call.reply.Error("ERR The value stored at the specified key is not represented using an hash table");
  }
  uint64_t elements = entry->type() == values::Type::kSet         ? entry->As<values::Set>().size()
                      : entry->type() == values::Type::kSortedSet ? entry->As<values::SortedSet>().size()
                                                                  : entry->As<values::Hash>().size();
  call.reply.Verbatim("txt", fmt::format("Hash table 0 stats (main hash table):\n number of elements: {}\n "
                                         "bytes with elements: {}\n",
                                         elements, entry->memory_bytes()));
}

}  // namespace dunlin::server
