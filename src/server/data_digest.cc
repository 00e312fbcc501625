#include "server/data_digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/invariant.h"
#include "base/numbers.h"

namespace dunlin::server {
namespace {

std::string_view BytesOf(const std::array<unsigned char, 20>& sum) {
  return {reinterpret_cast<const char*>(sum.data()), sum.size()};
}

std::string Hex(const std::array<unsigned char, 20>& sum) {
  std::string text;
  for (unsigned char byte : sum) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

DataDigest::DataDigest() : context_(EVP_MD_CTX_new()) {
  DUNLIN_INVARIANT(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha1(), nullptr), "libcrypto has SHA-1");
}

DataDigest::~DataDigest() { EVP_MD_CTX_free(context_); }

DataDigest::Sum DataDigest::Hash(std::string_view bytes) {
  Sum sum;
  EVP_DigestInit_ex(context_, nullptr, nullptr);
  EVP_DigestUpdate(context_, bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context_, sum.data(), nullptr);
  return sum;
}

void DataDigest::Add(Sum& sum, std::string_view bytes) {
  Sum hash = Hash(bytes);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] ^= hash[i];
}

void DataDigest::Mix(Sum& sum, std::string_view bytes) {
  Add(sum, bytes);
  sum = Hash(BytesOf(sum));
}

void DataDigest::MixNumber(Sum& sum, uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  Mix(sum, std::string_view(bytes, sizeof bytes));
}

void DataDigest::AddPair(Sum& sum, std::string_view first, std::string_view second) {
  Sum pair{};
  Mix(pair, first);
  Mix(pair, second);
  Add(sum, BytesOf(pair));
}

// The entries alone, with a point in their ids.
void DataDigest::MixStream(Sum& sum, const values::Stream& stream) {
  for (values::StreamCursor at = stream.First(); at.valid(); at.Next()) {
    Mix(sum, fmt::format("{}.{}", at.id().ms, at.id().seq));
    at.entry().ForEachField([&](std::string_view name, std::string_view value) {
      Mix(sum, name);
      Mix(sum, value);
    });
  }
}

void DataDigest::MixValue(Sum& sum, const store::Entry& entry) {
  MixNumber(sum, static_cast<uint32_t>(entry.type()));
  switch (entry.type()) {
    case values::Type::kString: {
      store::Entry::Scratch scratch;
      Mix(sum, entry.StringBytes(scratch));
      break;
    }
    case values::Type::kList:
      entry.As<values::List>().ForEach(0, UINT64_MAX, [&](std::string_view element) { Mix(sum, element); });
      break;
    case values::Type::kSet: entry.As<values::Set>().ForEach([&](std::string_view member) { Add(sum, member); }); break;
    case values::Type::kSortedSet:
      entry.As<values::SortedSet>().ForEach(
          [&](std::string_view member, double score) { AddPair(sum, member, FormatDouble(score)); });
      break;
    case values::Type::kHash:
      entry.As<values::Hash>().ForEach(
          [&](std::string_view field, std::string_view value) { AddPair(sum, field, value); });
      break;
    case values::Type::kStream: MixStream(sum, entry.As<values::Stream>()); break;
  }
  if (entry.has_expiry()) Add(sum, "!!expire!!");
}

std::string DataDigest::OfValue(const store::Entry& entry) {
  Sum sum{};
  MixValue(sum, entry);
  return Hex(sum);
}

std::string DataDigest::OfStore(const store::Store& store) {
  Sum total{};
  for (int i = 0; i < store.database_count(); ++i) {
    DbIndex db(static_cast<uint16_t>(i));
    if (store.KeyCount(db) == 0) continue;
    MixNumber(total, static_cast<uint32_t>(i));
    for (int slot = 0; slot < kSlotCount; ++slot) {
      store.slot(SlotId(static_cast<uint16_t>(slot))).ForEach(db, [&](const store::Entry* entry) {
        Sum sum{};
        Mix(sum, entry->key());
        MixValue(sum, *entry);
        Add(total, BytesOf(sum));
      });
    }
  }
  return Hex(total);
}

}  // namespace dunlin::server
