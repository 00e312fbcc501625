// SET and its relatives: the options that they share.
//
// Thread: as handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "commands/context.h"

namespace dunlin::commands {

enum class TimeUnit : uint8_t { kSeconds, kMilliseconds };

// The moment at which a key expires that is given `text` units from now, or at that many units since 1970 when
// `absolute`. Otherwise replies Redis's words ("invalid expire time in 'set' command").
std::optional<int64_t> ExpiryMoment(Context& ctx, std::string_view text, TimeUnit unit, bool absolute);

}  // namespace dunlin::commands
