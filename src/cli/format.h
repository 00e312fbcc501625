// Replies as text for the user, in the five forms that redis-cli has.
//
// Thread: pure functions; any thread.
// Format: byte for byte what redis-cli 7 prints, because scripts read it.
#pragma once

#include <string>
#include <string_view>

#include "cli/options.h"
#include "resp/reply.h"

namespace dunlin::cli {

struct FormatOptions {
  OutputForm form = OutputForm::kStandard;
  std::string_view bulk_delimiter = "\n";     // between elements, raw form only
  std::string_view command_delimiter = "\n";  // after the reply, raw form only
};

// One reply, with what ends it.
std::string FormatReply(const resp::Reply& reply, const FormatOptions& options);

// The bytes of texts as they are, nothing after them: for replies that are made to be read, such as INFO.
std::string FormatVerbatim(const resp::Reply& reply, std::string_view bulk_delimiter);

// A pushed message that comes by itself. Invalidations have a short form of their own in the standard form.
std::string FormatPush(const resp::Reply& reply, const FormatOptions& options);

// True for commands whose replies are printed with FormatVerbatim.
bool HasVerbatimReply(std::span<const std::string> arguments);

}  // namespace dunlin::cli
