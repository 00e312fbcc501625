// A fingerprint of data: equal data has equal digests, however it is kept in memory and in whatever order unordered
// things stand. Test suites compare two servers with it, so the numbers are those that Redis 7.2 computes.
//
//   mix(d, bytes):  d = SHA1(d xor SHA1(bytes))        for what has an order
//   add(d, bytes):  d = d xor SHA1(bytes)              for what has none
//   value:          mix the type (u32, big endian); then string: mix it; list: mix each element; set: add each member;
//                   sorted set and hash: add, for each, an inner digest that mixed member and score, or field and
//                   value; then add "!!expire!!" when the key expires
//   data set:       for each database with keys: mix its number (u32, big endian), then add, for each key, an inner
//                   digest that mixed the key and went on with the value
//
// Thread: whoever may read the entries.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/entry.h"
#include "store/store.h"

struct evp_md_ctx_st;  // libcrypto's EVP_MD_CTX

namespace dunlin::server {

class DataDigest {
 public:
  DataDigest();
  ~DataDigest();
  DataDigest(const DataDigest&) = delete;
  DataDigest& operator=(const DataDigest&) = delete;

  // 40 hexadecimal digits.
  std::string OfValue(const store::Entry& entry);
  // The same for everything there is; all zeros when there is nothing. REQUIRES: the caller is alone.
  std::string OfStore(const store::Store& store);
  // Of an absent value, and of no data.
  static std::string Nothing() { return std::string(40, '0'); }

 private:
  using Sum = std::array<unsigned char, 20>;

  Sum Hash(std::string_view bytes);
  void Add(Sum& sum, std::string_view bytes);
  void Mix(Sum& sum, std::string_view bytes);
  void MixNumber(Sum& sum, uint32_t number);
  void MixStream(Sum& sum, const values::Stream& stream);
  void MixValue(Sum& sum, const store::Entry& entry);
  void AddPair(Sum& sum, std::string_view first, std::string_view second);

  evp_md_ctx_st* const context_;  // made once: there are two hashes for every element
};

}  // namespace dunlin::server
