#include "cli/hints.h"

#include <string_view>
#include <vector>

#include "base/ascii.h"

namespace dunlin::cli {
namespace {

using Type = ArgumentSpec::Type;
using Words = std::span<const std::string>;

// How far one argument has been typed. Stands beside its ArgumentSpec, with the same parts.
struct Progress {
  bool begun = false;
  bool token_seen = false;
  bool value_seen = false;
  bool complete = false;  // nothing more to tell about it
  std::vector<Progress> parts;
};

Progress Fresh(const ArgumentSpec& spec) {
  Progress progress;
  for (const ArgumentSpec& part : spec.parts) progress.parts.push_back(Fresh(part));
  return progress;
}

std::vector<Progress> Fresh(std::span<const ArgumentSpec> specs) {
  std::vector<Progress> all;
  for (const ArgumentSpec& spec : specs) all.push_back(Fresh(spec));
  return all;
}

// Ranges are written with a bracket in front of the number.
bool LooksLikeNumber(std::string_view word, Type type) {
  if (type == Type::kDouble && word.starts_with('(')) word.remove_prefix(1);
  if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
  if (word.empty()) return false;
  if (type == Type::kDouble && (word[0] == '.' || AsciiLowered(word).starts_with("inf"))) return true;
  return IsAsciiDigit(word[0]);
}

// Each Take function returns how many words belong to what it was asked for; 0 when they do not fit.
size_t TakeArgument(const ArgumentSpec& spec, Words words, Progress& progress);
size_t TakeSequence(std::span<const ArgumentSpec> specs, Words words, std::span<Progress> progress);

size_t TakeBlock(const ArgumentSpec& spec, Words words, Progress& progress) {
  size_t taken = TakeSequence(spec.parts, words, progress.parts);
  progress.complete = true;
  for (const Progress& part : progress.parts) progress.complete = progress.complete && part.complete;
  return taken;
}

size_t TakeChoice(const ArgumentSpec& spec, Words words, Progress& progress) {
  for (size_t i = 0; i < spec.parts.size(); ++i) {
    size_t taken = TakeArgument(spec.parts[i], words, progress.parts[i]);
    if (taken == 0) continue;
    progress.complete = progress.parts[i].complete;
    return taken;
  }
  return 0;
}

size_t TakeValue(const ArgumentSpec& spec, Words words, Progress& progress) {
  size_t taken = 1;
  if (spec.type == Type::kBlock) {
    taken = TakeBlock(spec, words, progress);
  } else if (spec.type == Type::kOneOf) {
    taken = TakeChoice(spec, words, progress);
  } else if ((spec.type == Type::kInteger || spec.type == Type::kDouble) && !LooksLikeNumber(words[0], spec.type)) {
    taken = 0;
  } else {
    progress.value_seen = progress.complete = true;
  }
  if (taken > 0) progress.begun = true;
  return taken;
}

size_t TakeOnce(const ArgumentSpec& spec, Words words, Progress& progress) {
  if (!spec.has_token) return TakeValue(spec, words, progress);
  if (!EqualsIgnoreCase(spec.token, words[0])) return 0;
  progress.token_seen = progress.begun = true;
  if (spec.type == Type::kPureToken) {
    progress.complete = true;
    return 1;
  }
  if (words.size() == 1) return 1;
  size_t taken = TakeValue(spec, words.subspan(1), progress);
  return taken == 0 ? 0 : taken + 1;
}

size_t TakeArgument(const ArgumentSpec& spec, Words words, Progress& progress) {
  size_t taken = TakeOnce(spec, words, progress);
  if (!spec.multiple) return taken;
  while (taken > 0 && progress.complete && taken < words.size()) {
    Progress next = Fresh(spec);
    bool token_again = !spec.has_token || spec.multiple_token;
    size_t more =
        token_again ? TakeOnce(spec, words.subspan(taken), next) : TakeValue(spec, words.subspan(taken), next);
    if (!token_again) next.token_seen = true;
    if (more == 0) break;
    progress = std::move(next);
    taken += more;
  }
  // One more may always follow.
  progress.complete = false;
  return taken;
}

// Optional arguments that stand together come in any order.
size_t TakeOptionals(std::span<const ArgumentSpec> specs, Words words, std::span<Progress> progress) {
  size_t taken = 0;
  Progress* last = nullptr;
  while (taken < words.size()) {
    size_t more = 0;
    Progress* current = nullptr;
    for (size_t i = 0; i < specs.size() && more == 0; ++i) {
      if (progress[i].begun) continue;
      more = TakeArgument(specs[i], words.subspan(taken), progress[i]);
      current = &progress[i];
    }
    if (more == 0) break;
    // Whoever goes on to the next has finished with the one before.
    if (last != nullptr) last->complete = true;
    last = current;
    taken += more;
  }
  return taken;
}

size_t CountOptionals(std::span<const ArgumentSpec> specs) {
  size_t count = 0;
  while (count < specs.size() && specs[count].optional) ++count;
  return count;
}

size_t TakeSequence(std::span<const ArgumentSpec> specs, Words words, std::span<Progress> progress) {
  size_t taken = 0;
  size_t i = 0;
  while (i < specs.size() && taken < words.size()) {
    if (size_t optionals = CountOptionals(specs.subspan(i)); optionals > 0) {
      taken += TakeOptionals(specs.subspan(i, optionals), words.subspan(taken), progress.subspan(i, optionals));
      i += optionals;
      continue;
    }
    size_t more = TakeArgument(specs[i], words.subspan(taken), progress[i]);
    if (more == 0) return 0;
    taken += more;
    ++i;
  }
  return taken;
}

// ---- Telling what is left

std::string Tell(const ArgumentSpec& spec, const Progress& progress);

void Join(std::string& out, std::string_view separator, std::string_view more) {
  if (more.empty()) return;
  if (!out.empty()) out.append(separator);
  out.append(more);
}

std::string TellAll(std::span<const ArgumentSpec> specs, std::span<const Progress> progress,
                    std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < specs.size();) {
    size_t optionals = CountOptionals(specs.subspan(i));
    if (optionals == 0) {
      Join(out, separator, Tell(specs[i], progress[i]));
      ++i;
      continue;
    }
    size_t end = i + optionals;
    // The one that is being typed comes first, and the others only while they are still allowed.
    for (size_t k = i; k < end; ++k) {
      if (progress[k].begun) Join(out, separator, Tell(specs[k], progress[k]));
    }
    bool past = end < specs.size() && progress[end].begun;
    for (size_t k = i; k < end && !past; ++k) {
      if (!progress[k].begun) Join(out, separator, Tell(specs[k], progress[k]));
    }
    i = end;
  }
  return out;
}

std::string ShownWord(const std::string& word) { return word.empty() ? "\"\"" : word; }

std::string TellValue(const ArgumentSpec& spec, const Progress& progress) {
  switch (spec.type) {
    case Type::kPureToken: return "";
    case Type::kBlock: return TellAll(spec.parts, progress.parts, " ");
    case Type::kOneOf: break;
    default: return progress.value_seen ? "" : ShownWord(spec.display);
  }
  if (!progress.begun) return TellAll(spec.parts, progress.parts, "|");
  std::string out;
  for (size_t i = 0; i < spec.parts.size(); ++i) {
    if (progress.parts[i].begun) Join(out, "|", Tell(spec.parts[i], progress.parts[i]));
  }
  return out;
}

std::string TellRepetition(const ArgumentSpec& spec) {
  std::string out("[");
  if (spec.multiple_token) {
    out += ShownWord(spec.token);
    if (spec.type != Type::kPureToken) out += " ";
  }
  return out + TellValue(spec, Fresh(spec)) + " ...]";
}

std::string Tell(const ArgumentSpec& spec, const Progress& progress) {
  if (progress.complete) return "";
  std::string out;
  if (spec.has_token && !progress.token_seen) Join(out, " ", ShownWord(spec.token));
  Join(out, " ", TellValue(spec, progress));
  if (spec.multiple) Join(out, " ", TellRepetition(spec));
  if (!spec.optional) return out;
  if (!progress.begun) out.insert(0, "[");
  // The bracket of a repeated argument is closed even when its opening is behind the cursor: redis-cli shows it so, and
  // its test suite holds clients to it.
  if (!progress.begun || spec.multiple) out += "]";
  return out;
}

}  // namespace

std::string HintForArguments(std::span<const ArgumentSpec> arguments, std::span<const std::string> words) {
  std::vector<Progress> progress = Fresh(arguments);
  size_t taken = words.empty() ? 0 : TakeSequence(arguments, words, progress);
  return taken == words.size() ? TellAll(arguments, progress, " ") : "";
}

}  // namespace dunlin::cli
