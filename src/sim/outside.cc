#include "sim/outside.h"

#include <utility>

#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kAdminTimeoutMs = 2000;
constexpr int64_t kCommandTimeoutMs = 2000;
constexpr int64_t kMigrateTimeoutMs = 500;

}  // namespace

template <typename T>
Promise<std::optional<T>> Outside::Call(Host& host, int64_t timeout_ms,
                                        std::function<void(Server&, std::function<void(const T&)>)> ask) {
  Promise<std::optional<T>> promise;
  scheduler_.After(timeout_ms, [promise] { promise.Set(std::nullopt); });
  network_.Call(kOutside, host.index(), [this, &host, promise, ask = std::move(ask)] {
    host.Do([this, &host, promise, ask](Server& server) {
      ask(server, [this, &host, promise](const T& answer) {
        network_.Call(host.index(), kOutside, [promise, answer] { promise.Set(answer); });
      });
    });
  });
  return promise;
}

Promise<std::optional<cluster::AdminReply>> Outside::Admin(Host& host, cluster::AdminCommand command) {
  return Call<cluster::AdminReply>(host, kAdminTimeoutMs, [command = std::move(command)](Server& server, auto answer) {
    answer(server.cluster().Admin(command));
  });
}

Promise<std::optional<Reply>> Outside::Command(Host& host, Request request) {
  int64_t timeout_ms = kCommandTimeoutMs + request.wait_ms;
  return Call<Reply>(host, timeout_ms, [request = std::move(request)](Server& server, auto answer) {
    server.executor().Execute(request, answer);
  });
}

Promise<std::optional<std::string>> Outside::Migrate(Host& source, Host& target, std::vector<KeyIndex> keys,
                                                     bool replace) {
  return Call<std::string>(source, kAdminTimeoutMs,
                           [&target, keys = std::move(keys), replace](Server& server, auto answer) {
                             server.executor().Migrate(keys, target, replace, kMigrateTimeoutMs, answer);
                           });
}

Promise<std::optional<std::vector<KeyIndex>>> Outside::KeysInSlot(Host& host, SlotId slot) {
  return Call<std::vector<KeyIndex>>(
      host, kAdminTimeoutMs, [slot](Server& server, auto answer) { answer(server.keyspace().KeysInSlot(slot)); });
}

void Outside::Tell(Host& host, std::function<void(Server&)> what) {
  network_.Call(kOutside, host.index(), [&host, what = std::move(what)] { host.Do(what); });
}

}  // namespace dunlin::sim
