#include "cli/sensitive.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/ascii.h"

namespace dunlin::cli {
namespace {

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [word](std::string_view other) { return EqualsIgnoreCase(word, other); });
}

// CONFIG SET name value [name value ...]
bool SetsPassword(std::span<const std::string> pairs) {
  for (size_t i = 0; i < pairs.size(); i += 2) {
    if (IsOneOf(pairs[i], {"requirepass", "masterauth", "masteruser", "primaryauth", "primaryuser", "tls-key-file-pass",
                           "tls-client-key-file-pass"})) {
      return true;
    }
  }
  return false;
}

// HELLO version [AUTH user password] [SETNAME name]
bool HelloHasPassword(std::span<const std::string> options) {
  while (!options.empty()) {
    if (IsOneOf(options[0], {"auth"})) return options.size() > 2;
    if (!IsOneOf(options[0], {"setname"})) return false;
    options = options.subspan(std::min<size_t>(2, options.size()));
  }
  return false;
}

// MIGRATE host port key database timeout [COPY] [REPLACE] [AUTH password | AUTH2 user password] [KEYS key ...]
bool MigrateHasPassword(std::span<const std::string> options) {
  for (size_t i = 0; i < options.size(); ++i) {
    if (IsOneOf(options[i], {"keys"})) return false;
    if (IsOneOf(options[i], {"auth", "auth2"})) return i + 1 < options.size();
  }
  return false;
}

}  // namespace

bool IsSensitiveCommand(std::span<const std::string> arguments) {
  if (arguments.empty()) return false;
  std::string_view command = arguments[0];
  std::string_view subcommand = arguments.size() > 1 ? std::string_view(arguments[1]) : std::string_view();
  auto after = [&](size_t count) { return arguments.subspan(std::min(count, arguments.size())); };
  if (IsOneOf(command, {"auth"})) return true;
  if (IsOneOf(command, {"acl"})) return IsOneOf(subcommand, {"setuser", "deluser", "getuser"});
  if (IsOneOf(command, {"config"})) return IsOneOf(subcommand, {"set"}) && SetsPassword(after(2));
  if (IsOneOf(command, {"hello"})) return HelloHasPassword(after(2));
  if (IsOneOf(command, {"migrate"})) return MigrateHasPassword(after(6));
  if (IsOneOf(command, {"sentinel"})) {
    return (IsOneOf(subcommand, {"set"}) || IsOneOf(subcommand, {"config"})) &&
           std::ranges::any_of(after(2), [](const std::string& word) {
             return IsOneOf(word, {"auth-pass", "auth-user", "sentinel-pass", "sentinel-user"});
           });
  }
  return false;
}

}  // namespace dunlin::cli
