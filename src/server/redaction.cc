#include "server/redaction.h"

#include "base/ascii.h"
#include "server/config.h"

namespace dunlin::server {
namespace {

using commands::ServerOp;

class Redactor {
 public:
  explicit Redactor(commands::Args args) : shown_(args.begin(), args.end()) {}

  void Hide(size_t i) {
    if (i < shown_.size()) shown_[i] = "(redacted)";
  }
  void HideFrom(size_t first) {
    for (size_t i = first; i < shown_.size(); ++i) Hide(i);
  }
  std::vector<std::string_view> Take() { return std::move(shown_); }

 private:
  std::vector<std::string_view> shown_;
};

void HideHello(commands::Args args, Redactor& redactor) {
  for (size_t i = 2; i < args.size(); ++i) {
    if (!EqualsIgnoreCase(args[i], "auth")) continue;
    redactor.Hide(i + 1);
    redactor.Hide(i + 2);
    i += 2;
  }
}

void HideMigrate(commands::Args args, Redactor& redactor) {
  constexpr size_t kFirstOption = 6;
  for (size_t i = kFirstOption; i < args.size(); ++i) {
    if (EqualsIgnoreCase(args[i], "keys")) return;
    bool with_user = EqualsIgnoreCase(args[i], "auth2");
    if (!with_user && !EqualsIgnoreCase(args[i], "auth")) continue;
    redactor.Hide(++i);
    if (with_user) redactor.Hide(++i);
  }
}

void HideConfigSet(commands::Args args, const Config& config, Redactor& redactor) {
  for (size_t i = 2; i + 1 < args.size(); i += 2) {
    if (config.IsSensitive(args[i])) redactor.Hide(i + 1);
  }
}

}  // namespace

std::vector<std::string_view> ShownArguments(const commands::CommandSpec& spec, commands::Args args,
                                             const Config& config) {
  Redactor redactor(args);
  switch (spec.op) {
    case ServerOp::kAuth: redactor.HideFrom(1); break;
    case ServerOp::kHello: HideHello(args, redactor); break;
    case ServerOp::kMigrate: HideMigrate(args, redactor); break;
    case ServerOp::kConfig:
      if (spec.name == "set") HideConfigSet(args, config, redactor);
      break;
    case ServerOp::kAcl:
      if (spec.name == "setuser" || spec.name == "deluser" || spec.name == "getuser") redactor.HideFrom(2);
      break;
    default: break;
  }
  return redactor.Take();
}

}  // namespace dunlin::server
