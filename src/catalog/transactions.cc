// Transactions.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"discard", "2.0.0", "Forgets the commands since MULTI.", "O(N), N being the queued commands"},
    {"exec", "1.2.0", "Runs the commands since MULTI.", "that of the queued commands"},
    {"multi", "1.2.0", "Begins a transaction.", "O(1)"},
    {"unwatch", "2.2.0", "Forgets the keys that are watched.", "O(1)"},
    {"watch", "2.2.0", "Lets EXEC fail when these keys change.", "O(N), N being the keys", "key:k..."},
};

}  // namespace

std::span<const CommandEntry> TransactionsEntries() { return kEntries; }

}  // namespace dunlin::catalog
