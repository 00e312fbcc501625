// ACL, as far as the one user `default` needs it. Whatever would make or change users is refused.
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/ascii.h"
#include "base/numbers.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr std::string_view kDefaultUser = "default";

void AppendHex(std::string& out, const unsigned char* bytes, size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < count; ++i) out.append({kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]});
}

std::string Sha256(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  AppendHex(hex, digest, size);
  return hex;
}

// The rules of the default user, as ACL LIST writes them.
std::string DefaultUserLine(const Settings& settings) {
  std::string line = "user default on ";
  line.append(settings.requirepass.empty() ? "nopass " : "").append("sanitize-payload ");
  if (!settings.requirepass.empty()) line.append("#").append(Sha256(settings.requirepass)).append(" ");
  return line.append("~* &* +@all");
}

void GetUser(Call& call) {
  if (call.args[2] != kDefaultUser) return call.reply.Null();
  const std::string& password = call.server.settings().requirepass;
  resp::ReplyWriter& reply = call.reply;
  reply.Map(6);
  reply.Bulk("flags");
  reply.Set(password.empty() ? 3 : 2);
  reply.Bulk("on");
  if (password.empty()) reply.Bulk("nopass");
  reply.Bulk("sanitize-payload");
  reply.Bulk("passwords");
  reply.Array(password.empty() ? 0 : 1);
  if (!password.empty()) reply.Bulk(Sha256(password));
  reply.Bulk("commands");
  reply.Bulk("+@all");
  reply.Bulk("keys");
  reply.Bulk("~*");
  reply.Bulk("channels");
  reply.Bulk("&*");
  reply.Bulk("selectors");
  reply.Array(0);
}

void DeleteUsers(Call& call) {
  for (std::string_view name : call.args.subspan(2)) {
    if (name == kDefaultUser) return call.reply.Error("ERR The 'default' user cannot be removed");
  }
  call.reply.Integer(0);
}

void Categories(Call& call) {
  auto categories = commands::CategoryNames();
  if (call.args.size() == 2) {
    call.reply.Array(categories.size());
    for (const auto& [category, name] : categories) call.reply.Bulk(name);
    return;
  }
  if (call.args.size() > 3) return WriteBadSubcommand(call.reply, call.args[1], "ACL");
  for (const auto& [category, name] : categories) {
    if (!EqualsIgnoreCase(name, call.args[2])) continue;
    auto mark = call.reply.BeginDeferred();
    size_t count = 0;
    for (const commands::CommandSpec* row : call.server.table().rows_by_id()) {
      if ((commands::Categories(*row) & category) == 0) continue;
      call.reply.Bulk(call.server.table().FullName(*row));
      ++count;
    }
    return call.reply.EndArray(mark, count);
  }
  call.reply.Error("ERR Unknown category '" + std::string(call.args[2]) + "'");
}

void GeneratePassword(Call& call) {
  constexpr int64_t kDefaultBits = 256;
  constexpr int64_t kMaxBits = 4096;
  int64_t bits = kDefaultBits;
  if (call.args.size() > 3) return WriteBadSubcommand(call.reply, call.args[1], "ACL");
  if (call.args.size() == 3) {
    auto asked = ParseInt64(call.args[2]);
    if (!asked) return call.reply.Error("ERR value is not an integer or out of range");
    if (*asked <= 0 || *asked > kMaxBits) {
      return call.reply.Error(
          "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096");
    }
    bits = *asked;
  }
  unsigned char bytes[kMaxBits / 8];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return call.reply.Error("ERR no random numbers are to be had");
  std::string password;
  AppendHex(password, bytes, sizeof bytes);
  call.reply.Bulk(std::string_view(password).substr(0, static_cast<size_t>((bits + 3) / 4)));
}

// The default user may do everything that makes sense.
void DryRun(Call& call) {
  if (call.args[2] != kDefaultUser) {
    return call.reply.Error("ERR User '" + std::string(call.args[2]) + "' not found");
  }
  auto args = call.args.subspan(3);
  bool unknown_subcommand = false;
  const commands::CommandSpec* spec = call.server.table().Resolve(args, &unknown_subcommand);
  if (spec == nullptr || unknown_subcommand) {
    return call.reply.Error("ERR Command '" + std::string(args[0]) + "' not found");
  }
  if (!commands::ArityFits(*spec, args.size())) {
    return call.reply.Error("ERR wrong number of arguments for '" + call.server.table().FullName(*spec) + "' command");
  }
  call.reply.Ok();
}

void LoadOrSave(Call& call) {
  if (call.server.settings().aclfile.empty()) {
    return call.reply.Error(
        "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL "
        "SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order "
        "to store users in the Redis configuration.");
  }
  call.reply.Error("ERR ACL files are not supported yet");
}

void Help(Call& call) {
  static constexpr std::string_view kLines[] = {
      "ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CAT [<category>]",
      "    The categories, or the commands of one.",
      "DELUSER <username> [<username> ...]",
      "    Remove users. There is none but `default`, which stays.",
      "DRYRUN <username> <command> [<arg> ...]",
      "    Whether the user may run the command.",
      "GENPASS [<bits>]",
      "    A password made up of random digits.",
      "GETUSER <username>",
      "    The rules of a user.",
      "LIST",
      "    All users with their rules.",
      "LOAD",
      "    Read the users' file again. Not supported yet.",
      "LOG [<count>|RESET]",
      "    What was refused. Not supported yet.",
      "SAVE",
      "    Write the users' file. Not supported yet.",
      "SETUSER <username> <rule> [<rule> ...]",
      "    Make a user or change its rules. Not supported yet.",
      "USERS",
      "    The names of all users.",
      "WHOAMI",
      "    The name of this connection's user.",
  };
  WriteHelp(call.reply, kLines);
}

}  // namespace

void OpAcl(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "cat") return Categories(call);
  if (word == "deluser") return DeleteUsers(call);
  if (word == "dryrun") return DryRun(call);
  if (word == "genpass") return GeneratePassword(call);
  if (word == "getuser") return GetUser(call);
  if (word == "help") return Help(call);
  if (word == "load" || word == "save") return LoadOrSave(call);
  if (word == "whoami") return call.reply.Bulk(call.session.user);
  if (word == "list" || word == "users") {
    call.reply.Array(1);
    return call.reply.Bulk(word == "users" ? std::string(kDefaultUser) : DefaultUserLine(call.server.settings()));
  }
  call.reply.Error("ERR ACL " + AsciiUppered(word) + " is not supported yet");
}

}  // namespace dunlin::server
