#include "sim/client.h"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"

namespace dunlin::sim {
namespace {

constexpr int kMaxTries = 30;
// While things change, two nodes may send a client to and fro; then it takes a rest.
constexpr int kPatience = 16;
constexpr int kNoLimit = 1'000'000;

}  // namespace

Client::Client(const Surroundings& around, std::vector<Host*> hosts, const Recipe& recipe, uint64_t seed,
               uint32_t* last_write)
    : around_(around),
      hosts_(std::move(hosts)),
      recipe_(recipe),
      random_(seed),
      outside_(around.scheduler, around.network),
      last_write_(last_write),
      known_(around.keys.slots().size()),
      max_redirections_(kNoLimit) {}

Request Client::Draw() {
  const Keys& keys = around_.keys;
  auto place = static_cast<int>(random_.Below(keys.slots().size()));
  auto percent = [&](int64_t p) { return static_cast<int64_t>(random_.Below(100)) < p; };
  Request request;
  auto first = static_cast<int>(random_.Below(static_cast<uint64_t>(keys.keys_per_slot())));
  request.keys.push_back(keys.KeyAt(place, first));
  if (keys.keys_per_slot() > 1 && percent(recipe_.multi_percent)) {
    request.keys.push_back(keys.KeyAt(place, (first + 1) % keys.keys_per_slot()));
  }
  if (!percent(recipe_.write_percent)) return request;
  request.write = WriteId(++*last_write_);
  if (percent(recipe_.wait_percent)) {
    request.wait_for = static_cast<int>(random_.Between(1, 2));
    request.wait_ms = random_.Between(100, 1000);
  }
  return request;
}

std::optional<Client::Redirection> Client::ParseRedirection(std::string_view error) const {
  std::vector<std::string_view> words = SplitBlanks(error);
  if (words.size() != 3 || (words[0] != "MOVED" && words[0] != "ASK")) return std::nullopt;
  HostIndex to = around_.network.FindIp(words[2].substr(0, words[2].rfind(':')));
  if (to == kOutside) return std::nullopt;
  return Redirection{hosts_[static_cast<size_t>(to.value)], words[0] == "ASK"};
}

Task<> Client::Run() {
  while (!stopped_) {
    co_await around_.scheduler.Sleep(recipe_.think_ms.Pick(random_));
    Request request = Draw();
    co_await Perform(std::move(request));
  }
}

Task<> Client::Perform(Request request) {
  auto place = static_cast<size_t>(around_.keys.PlaceOf(request.keys[0]));
  int redirections = 0;
  Host* at = known_[place] != nullptr ? known_[place] : AnyHost();
  for (int tries = 0; tries < kMaxTries && !stopped_; ++tries) {
    Promise<std::optional<Reply>> asked = outside_.Command(*at, request);
    std::optional<Reply> reply = co_await asked;
    if (!reply) {
      // Nobody knows whether it was done.
      known_[place] = nullptr;
      co_return;
    }
    if (reply->error.empty()) co_return;
    std::optional<Redirection> redirection = ParseRedirection(reply->error);
    request.asking = redirection && redirection->ask;
    if (redirection) {
      at = redirection->to;
      if (!redirection->ask) known_[place] = at;
      if (++redirections > max_redirections_) {
        around_.checks.Fail("redirections", fmt::format("{} of them, the last one: {}", redirections, reply->error));
      }
      if (redirections % kPatience != 0) continue;
    } else {
      at = AnyHost();
      redirections = 0;
    }
    co_await around_.scheduler.Sleep(random_.Between(20, 200));
  }
}

}  // namespace dunlin::sim
