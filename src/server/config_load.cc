#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/quoted.h"
#include "server/config.h"
#include "server/config_text.h"

namespace dunlin::server {
namespace {

bool IsPattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

std::string AbsolutePath(const std::string& path, const std::string& directory) {
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

// Directives of older versions that had lost their meaning before 7.2.
bool IsForgotten(std::string_view name) {
  return name == "list-max-ziplist-entries" || name == "list-max-ziplist-value" || name == "lua-replicate-commands";
}

// The value of an option may begin with "--", but "--save --port 1" and "--sentinel --port 1" always meant "without a
// value". What is appended in that case; nothing for other options.
std::optional<std::string_view> ValueLeftOut(std::string_view option) {
  if (EqualsIgnoreCase(option, "--save")) return "\"\"";
  if (EqualsIgnoreCase(option, "--sentinel")) return "";
  return std::nullopt;
}

}  // namespace

CommandLine ParseCommandLine(std::span<const std::string> arguments) {
  CommandLine out;
  size_t i = 0;
  if (!arguments.empty() && !arguments[0].starts_with('-')) out.config_file = arguments[i++];
  bool last_option_has_value = true;
  for (; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    bool is_last = i + 1 == arguments.size();
    if (argument == "-" && (i == 0 || is_last)) {
      out.from_standard_input = true;
    } else if (last_option_has_value && argument.starts_with("--")) {
      if (!out.options.empty()) out.options += '\n';
      out.options.append(argument, 2).append(" ");
      std::vector<std::string> words;
      last_option_has_value = !(SplitQuoted(argument, &words) && words.size() == 1);
      if (last_option_has_value) continue;
      std::optional<std::string_view> value = ValueLeftOut(argument);
      if (value && (is_last || arguments[i + 1].starts_with("--"))) {
        out.options += *value;
        last_option_has_value = true;
      }
    } else {
      out.options.append(QuoteWord(argument)).append(" ");
      last_option_has_value = true;
    }
  }
  return out;
}

// Carries out one start: lines into settings, and what has to be remembered from line to line.
class Config::Loader {
 public:
  explicit Loader(Config& config) : config_(config), context_{config.files_, true} {}

  // A failure carries the whole text for standard error.
  Status Run(const CommandLine& command_line);

 private:
  // Where a line stands.
  struct Place {
    std::string_view included_file;  // empty for what the command line named
    int depth;
  };

  Result<std::string> ReadMain(const CommandLine& command_line);
  Result<std::string> ReadFile(const std::string& path);
  Status LoadText(std::string_view text, const Place& place);
  // The message is the reason alone, unless `is_final_` says that it is the whole text.
  Status LoadLine(std::string_view line, const Place& place);
  Status LoadDirective(const Directive& directive, std::span<const std::string> words);
  Status LoadOther(std::span<const std::string> words, const Place& place);
  Status Include(const std::string& path, const Place& place);
  Status Rename(const std::string& from, const std::string& to);
  Status AddUser(std::span<const std::string> words);
  Status CheckWhole();
  void Note(LogLevel level, std::string text) { config_.notes_.push_back({level, std::move(text)}); }
  void NoteInert();

  Config& config_;
  SetContext context_;
  bool is_final_ = false;
  int files_read_ = 0;
  std::set<std::string> names_taken_away_;
  std::set<std::string> names_given_;
};

namespace {

std::string FatalHead() {
  return fmt::format("\n*** FATAL CONFIG FILE ERROR (Redis {}) ***\n", kCompatibleRedisVersion);
}

}  // namespace

Status Config::Load(const CommandLine& command_line) {
  Loader loader(*this);
  DUNLIN_TRY(loader.Run(command_line));
  Settle();
  return Status::Ok();
}

Status Config::Loader::Run(const CommandLine& command_line) {
  if (!command_line.config_file.empty()) {
    config_.config_file_ = AbsolutePath(command_line.config_file, config_.settings_.dir);
  }
  Result<std::string> text = ReadMain(command_line);
  if (!text) return text.error();
  DUNLIN_TRY(LoadText(*text, {}));
  if (Status status = CheckWhole(); !status.ok()) return Status::InvalidArgument(FatalHead() + status.message());
  for (std::string& warning : context_.warnings) Note(LogLevel::kWarning, std::move(warning));
  NoteInert();
  return Status::Ok();
}

// One text, so that line numbers go on from the file to standard input and the options, as Redis counts them.
Result<std::string> Config::Loader::ReadMain(const CommandLine& command_line) {
  std::string all;
  std::vector<std::string> paths;
  if (IsPattern(config_.config_file_)) {
    paths = config_.files_.Glob(config_.config_file_);
  } else if (!config_.config_file_.empty()) {
    paths.push_back(config_.config_file_);
  }
  auto append = [&](const std::string& text) {
    if (!all.empty() && !all.ends_with('\n')) all += '\n';
    all += text;
  };
  for (const std::string& path : paths) {
    Result<std::string> text = ReadFile(path);
    if (!text) return text;
    append(*text);
  }
  if (command_line.from_standard_input) {
    Note(LogLevel::kNotice, "Reading config from stdin");
    Result<std::string> text = config_.files_.ReadStandardInput();
    if (!text) return Fail(text.error().WithContext("Fatal error, can't read config from stdin"));
    append(*text);
  }
  all += '\n';
  all += command_line.options;
  return all;
}

Result<std::string> Config::Loader::ReadFile(const std::string& path) {
  Result<std::string> text = config_.files_.Read(path);
  if (text) return text;
  return Fail(text.error().WithContext(fmt::format("Fatal error, can't open config file '{}'", path)));
}

Status Config::Loader::LoadText(std::string_view text, const Place& place) {
  int number = 0;
  LineReader lines(text);
  while (std::optional<std::string_view> raw = lines.Next()) {
    ++number;
    std::string_view line = TrimBlanks(*raw);
    if (line.empty() || line.starts_with('#')) continue;
    Status status = LoadLine(line, place);
    if (status.ok()) continue;
    if (is_final_) return status;
    is_final_ = true;
    // A hostile line must not flood the terminal.
    constexpr size_t kShownBytes = 1024;
    std::string message = fmt::format("{}Reading the configuration file, at line {}\n>>> '{}'\n{}", FatalHead(), number,
                                      line.substr(0, kShownBytes), status.message());
    if (!place.included_file.empty()) message += fmt::format("\nIn the included file '{}'", place.included_file);
    return {status.code(), std::move(message)};
  }
  return Status::Ok();
}

Status Config::Loader::LoadLine(std::string_view line, const Place& place) {
  if (line.size() > limits::kMaxConfigLineBytes) return Status::InvalidArgument("Configuration line is too long");
  if (line.find('\0') != std::string_view::npos) {
    return Status::InvalidArgument("Configuration line contains a NUL byte");
  }
  std::vector<std::string> words;
  if (!SplitQuoted(line, &words)) return Status::InvalidArgument("Unbalanced quotes in configuration line");
  if (words.empty()) return Status::Ok();
  words[0] = AsciiLowered(words[0]);
  if (const Name* name = config_.Find(words[0])) {
    return LoadDirective(*name->directive, std::span(words).subspan(1));
  }
  return LoadOther(words, place);
}

Status Config::Loader::LoadDirective(const Directive& directive, std::span<const std::string> words) {
  std::vector<std::string> split;
  // "save '900 1'" is as good as "save 900 1".
  if (directive.has(kMultiArg) && words.size() == 1 && !words[0].empty()) {
    if (!SplitQuoted(words[0], &split)) {
      return Status::InvalidArgument("Unbalanced quotes in configuration line");
    }
    words = split;
  }
  return SetDirective(directive, config_.settings_, words, context_);
}

// What a file may hold besides directives.
Status Config::Loader::LoadOther(std::span<const std::string> words, const Place& place) {
  const std::string& name = words[0];
  if (IsForgotten(name) && words.size() == 2) return Status::Ok();
  if (name == "include" && words.size() == 2) return Include(words[1], place);
  if (name == "rename-command" && words.size() == 3) return Rename(words[1], words[2]);
  if (name == "user" && words.size() >= 2) return AddUser(words.subspan(1));
  if (name == "loadmodule" && words.size() >= 2) {
    return Status::Unsupported("Modules are not supported: loadmodule can't be carried out");
  }
  if (name.find('.') != std::string::npos) {
    if (words.size() < 2) return Status::InvalidArgument("Module config specified without value");
    return Status::Unsupported("Modules are not supported: the setting of a module can't be carried out");
  }
  if (name == "sentinel") {
    if (words.size() == 1) return Status::Unsupported("Sentinel mode is not supported");
    return Status::InvalidArgument("sentinel directive while not in sentinel mode");
  }
  return Status::InvalidArgument("Bad directive or wrong number of arguments");
}

Status Config::Loader::Include(const std::string& path, const Place& place) {
  if (place.depth + 1 > limits::kMaxConfigIncludeDepth) {
    return Status::InvalidArgument(
        fmt::format("Configuration files include each other more than {} deep", limits::kMaxConfigIncludeDepth));
  }
  std::vector<std::string> paths = {path};
  if (IsPattern(path)) paths = config_.files_.Glob(path);
  for (const std::string& file : paths) {
    if (++files_read_ > limits::kMaxConfigFiles) {
      return Status::InvalidArgument(fmt::format("More than {} included files", limits::kMaxConfigFiles));
    }
    Result<std::string> text = ReadFile(file);
    if (!text) {
      is_final_ = true;
      return text.error();
    }
    DUNLIN_TRY(LoadText(*text, {file, place.depth + 1}));
  }
  return Status::Ok();
}

Status Config::Loader::Rename(const std::string& from, const std::string& to) {
  const auto& command_exists = config_.checks_.command_exists;
  std::string old_name = AsciiLowered(from);
  std::string new_name = AsciiLowered(to);
  if (command_exists) {
    auto exists = [&](const std::string& name) {
      return names_given_.contains(name) || (command_exists(name) && !names_taken_away_.contains(name));
    };
    if (!exists(old_name)) return Status::InvalidArgument("No such command in rename-command");
    names_given_.erase(old_name);
    names_taken_away_.insert(old_name);
    if (!new_name.empty() && exists(new_name)) return Status::InvalidArgument("Target command name already exists");
    if (!new_name.empty()) names_given_.insert(new_name);
  }
  config_.settings_.rename_commands.push_back({from, to});
  return Status::Ok();
}

Status Config::Loader::AddUser(std::span<const std::string> words) {
  if (config_.checks_.check_user) {
    if (auto error = config_.checks_.check_user(words)) {
      const std::string& word = words[std::min(error->word, words.size() - 1)];
      return Status::InvalidArgument(fmt::format("Error in user declaration '{}': {}", word, error->reason));
    }
  }
  config_.settings_.users.emplace_back(words.begin(), words.end());
  return Status::Ok();
}

// What no single line can tell.
Status Config::Loader::CheckWhole() {
  Settings& settings = config_.settings_;
  if (settings.cluster_enabled && !settings.replicaof_host.empty()) {
    return Status::InvalidArgument("replicaof directive not allowed in cluster mode");
  }
  if (!settings.aclfile.empty() && !settings.users.empty()) {
    return Status::InvalidArgument(
        "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. "
        "This setup is very likely to lead to configuration errors and security holes, please define either an ACL "
        "file or declare users directly in your redis.conf, but not both.");
  }
  if (!settings.logfile.empty()) {
    Status status = config_.files_.CheckAppendable(settings.logfile);
    if (!status.ok()) return status.WithContext("Can't open the log file");
  }
  if (settings.cluster_enabled && settings.databases > 1) {
    Note(LogLevel::kWarning, fmt::format("WARNING: Changing databases number from {} to 1 since we are in cluster mode",
                                         settings.databases));
    settings.databases = 1;
  }
  return Status::Ok();
}

void Config::Loader::NoteInert() {
  std::string names;
  for (const Directive& directive : Directives()) {
    if (!directive.has(kInert)) continue;
    if (ShowDirective(directive, config_.settings_) == ShowDirective(directive, config_.defaults_)) continue;
    if (!names.empty()) names += ", ";
    names += directive.name;
  }
  if (!names.empty()) Note(LogLevel::kNotice, fmt::format("Directives accepted without effect: {}", names));
}

}  // namespace dunlin::server
