#include "server/request_batch.h"

#include "dispatch/decide.h"
#include "server/command_keys.h"

namespace dunlin::server {
namespace {

// A command with more arguments is the last of its batch, so that these need not be kept elsewhere.
constexpr size_t kMaxKeptArguments = 64;

void Understand(Request* request, const commands::CommandTable& table, const store::Store& store) {
  request->spec = dispatch::FindRow(table, request->args);
  request->has_one_key = request->spec != nullptr && HasOneFixedKey(*request->spec);
  if (!request->has_one_key) return;
  const commands::KeySpec& key = request->spec->keys.front();
  auto index = static_cast<size_t>(key.index);
  request->has_one_key = key.index > 0 && index < request->args.size();
  if (!request->has_one_key) return;
  request->key_position = {key.index, key.flags};
  request->key = store.Ref(request->args[index]);
}

}  // namespace

RequestBatch::End RequestBatch::Fill(resp::RequestParser& parser, std::string_view bytes,
                                     const resp::RequestLimits& limits, const commands::CommandTable& table,
                                     const store::Store& store) {
  // Before AUTH the limits are others than behind it.
  size_t most = limits.authenticated ? kMaxRequests : 1;
  size_ = 0;
  kept_.clear();
  kept_.reserve(kMaxRequests * kMaxKeptArguments);
  for (size_t done = 0; size_ < most; ++size_) {
    std::string_view rest = bytes.substr(done);
    if (size_ > 0) {
      if (rest.empty()) return End::kIncomplete;
      Keep(parser.args());
    }
    auto outcome = parser.Next(rest, limits);
    if (outcome == resp::RequestParser::Outcome::kIncomplete) return End::kIncomplete;
    if (outcome == resp::RequestParser::Outcome::kError) return End::kError;
    done += parser.command_bytes();
    ends_[size_] = done;
    Request& request = requests_[size_];
    request.args = parser.args();
    request.array_bytes = parser.array_bytes(rest);
    Understand(&request, table, store);
    if (parser.is_inline() || request.args.size() > kMaxKeptArguments) {
      ++size_;
      break;
    }
  }
  return End::kFull;
}

void RequestBatch::Keep(commands::Args args) {
  size_t begin = kept_.size();
  kept_.insert(kept_.end(), args.begin(), args.end());
  requests_[size_ - 1].args = commands::Args(kept_).subspan(begin);
}

void RequestBatch::Prefetch(store::Store& store, DbIndex db) const {
  auto for_each = [&](auto&& fetch) {
    for (size_t i = 0; i < size_; ++i) {
      if (!requests_[i].has_one_key) continue;
      store::Slot& slot = store.slot(requests_[i].key.slot);
      // Where somebody is at work, the lines are on their way already.
      if (!slot.lock().TryLock()) continue;
      fetch(slot, requests_[i].key.hash);
      slot.lock().Unlock();
    }
  };
  for (size_t i = 0; i < size_; ++i) {
    if (requests_[i].has_one_key) __builtin_prefetch(&store.slot(requests_[i].key.slot), 1);
  }
  for_each([db](const store::Slot& slot, uint64_t hash) { slot.Prefetch(db, hash); });
  for_each([db](const store::Slot& slot, uint64_t hash) { slot.PrefetchEntry(db, hash); });
}

}  // namespace dunlin::server
