// Cluster nodes for tests: as much of a server as the manager talks to, one thread each, and one list of all that they
// were told, in order.
//
// A node has keys in slots and answers the CLUSTER subcommands, MIGRATE, MULTI and EXEC; answers can be laid in advance
// to make it misbehave.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cli/cluster_nodes.h"
#include "resp/reply.h"

namespace dunlin::cli {

class Stage;

class Actor {
 public:
  Actor(Stage& stage, std::string name, int listener, int port, std::string id)
      : stage_(stage), name_(std::move(name)), id_(std::move(id)), port_(port), listener_(listener) {}

  void Start() {
    thread_ = std::thread([this] { Play(); });
  }
  void Join() {
    shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }

  // The next command that begins with `start` gets `answer` and nothing else happens.
  void Answer(const std::string& start, const std::string& answer) { canned_[start].push_back(answer); }
  // Called before each command that begins with `start` is carried out.
  void Before(const std::string& start, std::function<void()> hook) { hooks_[start] = std::move(hook); }

  const std::string& id() const { return id_; }
  int port() const { return port_; }

  // Slot to key to value. Guarded by the stage once it plays.
  std::map<int, std::map<std::string, std::string>> keys;
  std::set<int> owned;

 private:
  using Texts = std::vector<std::string>;

  void Play();
  std::string Carry(const Texts& words);
  std::string Cluster(const Texts& words);
  std::string Migrate(const Texts& words);
  std::string Exec();
  std::string Digests(const Texts& words);

  Stage& stage_;
  std::string name_;
  std::string id_;
  int port_;
  int listener_;
  bool in_multi_ = false;
  std::vector<Texts> queued_;
  std::map<std::string, std::deque<std::string>> canned_;
  std::map<std::string, std::function<void()>> hooks_;
  std::thread thread_;
};

// The actors, the console, and what a manager needs to talk to them.
class Stage {
 public:
  Stage() : dice_(1) {
    // The actors' threads must not be the ones that a signal of the test reaches.
    sigset_t signals;
    sigemptyset(&signals);
    for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
    out_ = open_memstream(&out_text_, &out_size_);
    err_ = open_memstream(&err_text_, &err_size_);
    console_.emplace(Console::Settings{.out = out_, .err = err_, .in_fd = -1});
  }
  ~Stage() {
    cluster_ = {};
    for (auto& actor : actors_) actor->Join();
    std::fclose(out_);
    std::fclose(err_);
    std::free(out_text_);
    std::free(err_text_);
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // An actor whose id is forty times `letter` and who owns the slots.
  Actor& Add(char letter, std::vector<int> slots) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener, 8), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    actors_.push_back(std::make_unique<Actor>(*this, std::string(1, letter), listener, ntohs(address.sin_port),
                                              std::string(40, letter)));
    actors_.back()->owned.insert(slots.begin(), slots.end());
    return *actors_.back();
  }

  // Everybody starts to listen; the cluster of all of them, loaded by hand from `open`, the open slots of each.
  Cluster& Open(const std::map<char, NodeLine>& open = {}) {
    for (auto& actor : actors_) {
      actor->Start();
      auto node = std::make_unique<Node>("127.0.0.1", actor->port());
      EXPECT_TRUE(node->Connect(manager()));
      NodeLine line;
      if (auto told = open.find(actor->id()[0]); told != open.end()) line = told->second;
      line.id = actor->id();
      line.flags = {"myself", "master"};
      for (int slot : actor->owned) line.slots.set(static_cast<size_t>(slot));
      node->Adopt(line);
      cluster_.Add(std::move(node));
    }
    return cluster_;
  }

  Node& NodeOf(const Actor& actor) { return *cluster_.Find(actor.id()); }
  Manager manager() { return {.options = options, .console = *console_, .dice = dice_}; }

  // All commands so far: "a: CLUSTER SETSLOT 1 IMPORTING bbbb...", ids cut to one letter.
  std::vector<std::string> Told() {
    std::lock_guard lock(mutex_);
    return told_;
  }
  // The place of a command in Told(); fails the test when it was not given.
  size_t When(const std::string& command) {
    std::vector<std::string> told = Told();
    auto found = std::ranges::find(told, command);
    EXPECT_NE(found, told.end()) << command << " is not among\n" << fmt::format("{}", fmt::join(told, "\n"));
    return static_cast<size_t>(found - told.begin());
  }
  bool Was(const std::string& command) {
    std::vector<std::string> told = Told();
    return std::ranges::find(told, command) != told.end();
  }
  std::string Out() {
    std::fflush(out_);
    return {out_text_, out_size_};
  }
  std::string Err() {
    std::fflush(err_);
    return {err_text_, err_size_};
  }

  Options options;

 private:
  friend class Actor;

  Actor* AtPort(int port) {
    auto found = std::ranges::find_if(actors_, [&](const auto& actor) { return actor->port() == port; });
    return found == actors_.end() ? nullptr : found->get();
  }

  std::mutex mutex_;
  std::vector<std::string> told_;
  std::vector<std::unique_ptr<Actor>> actors_;
  Cluster cluster_;
  Random dice_;
  sigset_t mask_before_{};
  char* out_text_ = nullptr;
  char* err_text_ = nullptr;
  size_t out_size_ = 0;
  size_t err_size_ = 0;
  std::FILE* out_ = nullptr;
  std::FILE* err_ = nullptr;
  std::optional<Console> console_;
};

inline void Actor::Play() {
  int fd = accept(listener_, nullptr, nullptr);
  resp::ReplyParser parser;
  char buffer[4096];
  ssize_t n;
  while (fd >= 0 && (n = recv(fd, buffer, sizeof buffer, 0)) > 0) {
    parser.Feed(std::string_view(buffer, static_cast<size_t>(n)));
    while (auto next = parser.Next()) {
      Texts words;
      for (const resp::Reply& word : (*next)->elements) words.push_back(word.text);
      std::string answer = Carry(words);
      send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }
  if (fd >= 0) close(fd);
}

inline std::string Actor::Carry(const Texts& words) {
  std::string line = fmt::format("{}", fmt::join(words, " "));
  for (auto& [start, hook] : hooks_) {
    if (line.starts_with(start)) hook();
  }
  std::lock_guard lock(stage_.mutex_);
  std::string shown = line;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    std::string id(40, letter);
    if (size_t at = shown.find(id); at != std::string::npos) shown.replace(at, id.size(), 1, letter);
  }
  stage_.told_.push_back(name_ + ": " + shown);
  for (auto& [start, answers] : canned_) {
    if (!line.starts_with(start) || answers.empty()) continue;
    std::string answer = answers.front();
    answers.pop_front();
    return answer;
  }
  if (words[0] == "MULTI") {
    in_multi_ = true;
    return "+OK\r\n";
  }
  if (words[0] == "EXEC") return Exec();
  if (in_multi_) {
    queued_.push_back(words);
    return "+QUEUED\r\n";
  }
  if (words[0] == "CLUSTER") return Cluster(words);
  if (words[0] == "MIGRATE") return Migrate(words);
  if (words[0] == "DEBUG") return Digests(words);
  return "-ERR unknown command '" + words[0] + "'\r\n";
}

inline std::string Actor::Exec() {
  in_multi_ = false;
  std::string answer = fmt::format("*{}\r\n", queued_.size());
  for (const Texts& words : queued_) answer += Cluster(words);
  queued_.clear();
  return answer;
}

inline std::string Actor::Cluster(const Texts& words) {
  int slot = words.size() > 2 ? std::atoi(words[2].c_str()) : 0;
  if (words[1] == "COUNTKEYSINSLOT") return fmt::format(":{}\r\n", keys[slot].size());
  if (words[1] == "GETKEYSINSLOT") {
    size_t count = std::min<size_t>(keys[slot].size(), static_cast<size_t>(std::atoi(words[3].c_str())));
    std::string answer = fmt::format("*{}\r\n", count);
    for (auto key = keys[slot].begin(); count > 0; ++key, --count) {
      answer += fmt::format("${}\r\n{}\r\n", key->first.size(), key->first);
    }
    return answer;
  }
  if (words[1] == "SETSLOT" && words[3] == "NODE") {
    if (words[4] == id_) {
      owned.insert(slot);
    } else {
      owned.erase(slot);
    }
  }
  if (words[1] == "INFO") return "$16\r\ncluster_state:ok\r\n";
  if (words[1] == "DELSLOTS" && owned.erase(slot) == 0) return "-ERR Slot is already unassigned\r\n";
  if (words[1] == "ADDSLOTS") owned.insert(slot);
  if (words[1] == "SLOTS") {
    std::string answer = fmt::format("*{}\r\n", owned.size());
    for (int mine : owned) {
      answer += fmt::format("*3\r\n:{0}\r\n:{0}\r\n*3\r\n$1\r\nh\r\n:1\r\n$40\r\n{1}\r\n", mine, id_);
    }
    return answer;
  }
  return "+OK\r\n";
}

inline std::string Actor::Migrate(const Texts& words) {
  Actor* target = stage_.AtPort(std::atoi(words[2].c_str()));
  bool replace = std::ranges::find(words, "REPLACE") != words.end();
  auto keys_from = std::ranges::find(words, "KEYS");
  for (auto key = keys_from + 1; key != words.end(); ++key) {
    for (auto& [slot, held] : keys) {
      auto found = held.find(*key);
      if (found == held.end()) continue;
      if (target->keys[slot].contains(*key) && !replace) {
        return "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n";
      }
      target->keys[slot][*key] = found->second;
      held.erase(found);
    }
  }
  return "+OK\r\n";
}

inline std::string Actor::Digests(const Texts& words) {
  std::string answer = fmt::format("*{}\r\n", words.size() - 2);
  for (size_t i = 2; i < words.size(); ++i) {
    std::string digest(40, '0');
    for (auto& [slot, held] : keys) {
      if (held.contains(words[i])) digest = "digest of " + held[words[i]];
    }
    answer += fmt::format("+{}\r\n", digest);
  }
  return answer;
}

}  // namespace dunlin::cli
