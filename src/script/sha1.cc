#include "script/sha1.h"

#include <openssl/evp.h>

#include "base/invariant.h"

namespace dunlin::script {

std::string Sha1Hex(std::string_view text) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // Fetched once: looking an algorithm up by its name costs more than hashing a short script.
  static const EVP_MD* const kSha1 = EVP_sha1();
  int done = EVP_Digest(text.data(), text.size(), hash, &size, kSha1, nullptr);
  DUNLIN_INVARIANT(done == 1 && size == kShaDigits / 2, "SHA-1 is always there");
  constexpr char kHex[] = "0123456789abcdef";
  std::string digits;
  digits.reserve(kShaDigits);
  for (unsigned int i = 0; i < size; ++i) {
    digits.push_back(kHex[hash[i] >> 4]);
    digits.push_back(kHex[hash[i] & 15]);
  }
  return digits;
}

}  // namespace dunlin::script
