#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "base/glob.h"
#include "base/limits.h"

namespace dunlin::server {
namespace {

constexpr int64_t kLowestHz = 1;
constexpr int64_t kHighestHz = 500;

Status SetError(std::string_view directive, std::string_view reason) {
  return Status::InvalidArgument(Config::SetFailure(directive, reason));
}

// A value of CONFIG SET as the words that a file would have.
std::vector<std::string> WordsOf(const Directive& directive, const std::string& value) {
  if (!directive.has(kMultiArg)) return {value};
  if (value.empty()) return {};
  std::vector<std::string_view> parts = Split(value, ' ');
  return {parts.begin(), parts.end()};
}

}  // namespace

std::vector<Config::Name> Config::SortedNames() {
  std::vector<Name> names;
  for (const Directive& directive : Directives()) {
    names.push_back({directive.name, &directive, false});
    if (!directive.alias.empty()) names.push_back({directive.alias, &directive, true});
  }
  std::ranges::sort(names, {}, &Name::name);
  return names;
}

Config::Config(ConfigFiles& files, int cpu_count, Checks checks)
    : files_(files), cpu_count_(std::max(cpu_count, 1)), checks_(std::move(checks)), names_(SortedNames()) {
  settings_.dir = files_.WorkingDirectory();
  Settle();
  defaults_ = settings_;
}

// What follows from other values, or is given more freely than it is used.
void Config::Settle() {
  settings_.hz = std::clamp(settings_.hz, kLowestHz, kHighestHz);
  settings_.worker_count = settings_.io_threads == 0 ? std::min(cpu_count_, limits::kDefaultMaxWorkers)
                                                     : std::min<int64_t>(settings_.io_threads, limits::kMaxWorkers);
}

const Config::Name* Config::Find(std::string_view name) const {
  std::string lowered = AsciiLowered(name);
  auto found = std::ranges::lower_bound(names_, std::string_view(lowered), {}, &Name::name);
  return found != names_.end() && found->name == lowered ? &*found : nullptr;
}

std::vector<std::pair<std::string, std::string>> Config::Get(std::span<const std::string_view> patterns) const {
  // Whatever the spelling, a name is answered once.
  std::map<std::string, std::pair<std::string_view, const Directive*>> matches;
  for (std::string_view pattern : patterns) {
    if (pattern.find_first_of("[*?") == std::string_view::npos) {
      if (const Name* name = Find(pattern)) matches.try_emplace(std::string(name->name), pattern, name->directive);
      continue;
    }
    for (const Name& name : names_) {
      if (name.directive->has(kHidden) || !GlobMatch(pattern, name.name, Case::kInsensitive)) continue;
      matches.try_emplace(std::string(name.name), name.name, name.directive);
    }
  }
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(matches.size());
  for (const auto& [name, match] : matches) {
    out.emplace_back(match.first, ShowDirective(*match.second, settings_));
  }
  return out;
}

std::string Config::SetFailure(std::string_view directive, std::string_view reason) {
  return fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", directive, reason);
}

Status Config::CheckSettable(std::span<const std::pair<std::string, std::string>> pairs, SetCaller caller,
                             std::vector<const Name*>* found) const {
  for (const auto& [given, value] : pairs) {
    const Name* name = Find(given);
    if (name == nullptr) {
      return Status::InvalidArgument(
          fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'", given));
    }
    const Directive& directive = *name->directive;
    if (directive.has(kImmutable)) return SetError(given, "can't set immutable config");
    if (directive.has(kProtected) && !Allows(settings_.enable_protected_configs, caller.is_local)) {
      return SetError(given, "can't set protected config");
    }
    if (directive.has(kDenyLoading) && caller.is_loading) {
      return Status::Unavailable("LOADING Redis is loading the dataset in memory");
    }
    if (std::ranges::find(*found, name) != found->end()) return SetError(given, "duplicate parameter");
    found->push_back(name);
  }
  return Status::Ok();
}

Result<ConfigChange> Config::Set(std::span<const std::pair<std::string, std::string>> pairs, SetCaller caller) {
  std::vector<const Name*> names;
  DUNLIN_TRY_RESULT(CheckSettable(pairs, caller, &names));

  ConfigChange change;
  change.before = settings_;
  SetContext context{files_};
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Directive& directive = *names[i]->directive;
    std::string shown = ShowDirective(directive, settings_);
    Status status = SetDirective(directive, settings_, WordsOf(directive, pairs[i].second), context);
    if (!status.ok()) {
      Undo(change);
      return Fail(SetError(names[i]->name, status.message()));
    }
    bool is_changed = ShowDirective(directive, settings_) != shown;
    if (is_changed) change.changed.push_back(directive.name);
    if (directive.effect == Effect::kNone || !(is_changed || directive.has(kVolatile))) continue;
    if (std::ranges::find(change.effects, directive.effect, &ConfigChange::ToDo::effect) == change.effects.end()) {
      change.effects.push_back({directive.effect, names[i]->name});
    }
  }
  Settle();
  for (std::string& warning : context.warnings) notes_.push_back({LogLevel::kWarning, std::move(warning)});
  return change;
}

void Config::Undo(const ConfigChange& change) {
  bool elsewhere = settings_.dir != change.before.dir;
  settings_ = change.before;
  if (!elsewhere) return;
  if (Status status = files_.ChangeDirectory(settings_.dir); !status.ok()) {
    notes_.push_back(
        {LogLevel::kWarning, fmt::format("Failed restoring failed CONFIG SET command. Error setting dir to "
                                         "'{}': {}",
                                         settings_.dir, status.message())});
  }
}

void Config::SetReplicaOf(std::string host, int64_t port) {
  settings_.replicaof_port = host.empty() ? 0 : port;
  settings_.replicaof_host = std::move(host);
}

bool Config::IsSensitive(std::string_view name) const {
  const Name* found = Find(name);
  return found != nullptr && found->directive->has(kSensitive);
}

bool Config::Allows(ProtectedAction action, bool is_local) {
  return action == ProtectedAction::kEverybody || (action == ProtectedAction::kLocalOnly && is_local);
}

}  // namespace dunlin::server
