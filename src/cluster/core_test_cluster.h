// For the room's tests: several cores that talk to each other over a fake network and a fake clock. Names, ids and
// addresses as in core_test_support.h. Behind each core stands a toy server: it writes nodes.conf, replicates by
// copying its primary's offset, and pauses when it is told to.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {

class TestCluster {
 public:
  struct Member {
    std::unique_ptr<Core> core;  // null while it is down
    Config config;
    std::string disk;  // nodes.conf
    Facts facts;
    bool paused = false;
    std::optional<NodeId> replicates;  // whom the toy server follows
    std::vector<LogLine> log;
    std::vector<FollowUp> follow_ups;
    std::vector<std::string> heard;  // "channel message"
    int restarts = 0;
  };

  // Nodes that know each other already.
  explicit TestCluster(const std::vector<Seed>& seeds, uint64_t current_epoch = 3) {
    for (const Seed& seed : seeds) {
      members_[seed.name].disk = NodesConf(seed.name, seeds, current_epoch);
      members_[seed.name].config = ConfigOf(seed.name);
    }
    for (const Seed& seed : seeds) Start(seed.name);
  }
  TestCluster() = default;

  // A node that knows nobody.
  void Add(char name) {
    members_[name].disk = NodesConf(name, {{name}});
    members_[name].config = ConfigOf(name);
    Start(name);
  }

  Member& operator[](char name) { return members_.at(name); }
  TimeMs now() const { return now_; }
  const SlotMap& MapOf(char name) { return *members_.at(name).core->map(); }
  // What `viewer` thinks of `name`; null when it does not know it.
  const NodeInfo* View(char viewer, char name) {
    NodeIndex index = MapOf(viewer).Find(IdOf(name));
    return index == kNoNode ? nullptr : &MapOf(viewer).Node(index);
  }
  // The primary of `name` according to itself; '-' when it is one.
  char PrimaryOf(char name) {
    const NodeInfo& me = MapOf(name).Myself();
    return me.IsPrimary() ? '-' : me.primary == kNoNode ? '?' : NameOf(MapOf(name).Node(me.primary).id)[0];
  }
  // The owner of a slot according to everybody who is up; '!' when they disagree, '-' when nobody owns it.
  char OwnerOf(int slot) {
    std::set<char> owners;
    for (auto& [name, member] : members_) {
      if (member.core == nullptr) continue;
      NodeIndex owner = MapOf(name).Owner(SlotId(static_cast<uint16_t>(slot)));
      owners.insert(owner == kNoNode ? '-' : NameOf(MapOf(name).Node(owner).id)[0]);
    }
    return owners.size() == 1 ? *owners.begin() : '!';
  }
  bool AllOk() {
    for (auto& [name, member] : members_) {
      if (member.core != nullptr && !MapOf(name).ok()) return false;
    }
    return true;
  }
  bool Logged(char name, std::string_view text) { return LogHas(members_.at(name).log, text); }

  // ---- What happens to them ----

  AdminReply Admin(char name, AdminCommand command) {
    Effects effects = StepOf(name, std::move(command));
    return *effects.reply;
  }
  Effects StepOf(char name, Input input) {
    Member& member = members_.at(name);
    member.core->SetFacts(member.facts);
    Effects effects = member.core->Step(std::move(input), now_);
    Effects copy = effects;
    Execute(name, std::move(effects));
    return copy;
  }
  void Meet(char from, char to) {
    Admin(from, MeetCommand{IpOf(to), std::to_string(PortOf(to)), PortOf(to), PortOf(to) + 10000});
  }
  // Bytes of the replication stream are written.
  void Write(char name, int64_t bytes) {
    Member& member = members_.at(name);
    if (!member.paused) member.facts.replication_offset = Offset(member.facts.replication_offset.value + bytes);
  }
  void Kill(char name) {
    members_.at(name).core.reset();
    std::vector<std::pair<char, LinkId>> ends;
    for (const auto& [end, peer] : wires_) {
      if (peer.first == name) ends.push_back(end);
    }
    std::erase_if(wires_, [&](const auto& w) { return w.first.first == name || w.second.first == name; });
    for (const auto& [peer, link] : ends) StepOf(peer, LinkClosed{link, "Connection reset by peer"});
  }
  // From its disk.
  void Start(char name) {
    Member& member = members_.at(name);
    auto core = Core::Open(member.config, member.disk, static_cast<uint64_t>(name) + 1000u * ++member.restarts, now_);
    ASSERT_TRUE(core.has_value()) << core.error().message();
    member.core = std::make_unique<Core>(std::move(*core));
    member.replicates.reset();
    member.facts = Facts{.replication_offset = member.facts.replication_offset};
    Execute(name, member.core->Start(now_));
  }
  // Nothing gets from one group to the other any more.
  void Partition(std::string_view one, std::string_view other) {
    for (char x : one) {
      for (char y : other) {
        cut_.insert({x, y});
        cut_.insert({y, x});
      }
    }
  }
  void Heal() { cut_.clear(); }

  // Time passes: messages take a millisecond, each node ticks every 100 ms (not all at once).
  void Run(int64_t ms) {
    for (int64_t end = now_ + ms; now_ < end;) {
      ++now_;
      Replicate();
      DeliverAll();
      int turn = 0;
      for (auto& [name, member] : members_) {
        if ((now_ + 7 * turn++) % 100 == 0 && member.core != nullptr) {
          member.core->SetFacts(member.facts);
          Execute(name, member.core->Tick(now_));
        }
      }
    }
  }
  // Runs until it is true. False when it did not become true in time.
  template <typename Condition>
  bool RunUntil(Condition&& condition, int64_t at_most_ms) {
    for (int64_t end = now_ + at_most_ms; now_ < end;) {
      if (condition()) return true;
      Run(1);
    }
    return condition();
  }

 private:
  using End = std::pair<char, LinkId>;
  struct InFlight {
    TimeMs at_ms;
    char from;
    LinkId link;
    std::shared_ptr<const Message> message;  // null: the connection is being made
    std::string ip;
    uint16_t bus_port = 0;
  };

  bool IsCut(char x, char y) const { return cut_.contains({x, y}); }

  void Execute(char name, Effects effects) {
    Member& member = members_.at(name);
    member.log.insert(member.log.end(), effects.log.begin(), effects.log.end());
    if (effects.persist) member.disk = effects.persist->nodes_conf;
    for (WireEffect& effect : effects.wire) {
      if (auto* open = std::get_if<OpenLink>(&effect)) {
        in_flight_.push_back({now_ + 1, name, open->link, nullptr, open->ip, open->bus_port});
      } else if (auto* close = std::get_if<CloseLink>(&effect)) {
        CloseWire(name, close->link);
      } else {
        auto& send = std::get<Send>(effect);
        for (LinkId link : send.links) in_flight_.push_back({now_ + 1, name, link, send.message, "", 0});
      }
    }
    for (FollowUp& f : effects.follow_ups) {
      if (auto* r = std::get_if<BecomeReplica>(&f)) member.replicates = r->primary;
      if (std::holds_alternative<BecomePrimary>(f)) member.replicates.reset();
      if (std::holds_alternative<PauseWrites>(f)) pausing_.push_back(name);
      if (std::holds_alternative<ResumeWrites>(f)) member.paused = false;
      if (auto* p = std::get_if<DeliverPublish>(&f)) member.heard.push_back(p->channel + " " + p->message);
      member.follow_ups.push_back(std::move(f));
    }
  }

  void CloseWire(char name, LinkId link) {
    auto it = wires_.find({name, link});
    if (it == wires_.end()) return;
    End other = it->second;
    wires_.erase(it);
    wires_.erase(other);
    if (members_.at(other.first).core != nullptr && !IsCut(name, other.first)) {
      StepOf(other.first, LinkClosed{other.second, "closed by peer"});
    }
  }

  void DeliverAll() {
    for (char name : std::exchange(pausing_, {})) {
      Member& member = members_.at(name);
      member.paused = true;
      if (member.core != nullptr) StepOf(name, WritesPaused{member.facts.replication_offset});
    }
    while (!in_flight_.empty() && in_flight_.front().at_ms <= now_) {
      InFlight next = std::move(in_flight_.front());
      in_flight_.pop_front();
      if (members_.at(next.from).core == nullptr) continue;
      next.message == nullptr ? Connect(next) : Deliver(next);
    }
  }

  void Connect(const InFlight& attempt) {
    for (auto& [name, member] : members_) {
      if (IpOf(name) != attempt.ip || PortOf(name) + 10000 != attempt.bus_port) continue;
      if (IsCut(attempt.from, name)) return;  // no answer at all
      if (member.core == nullptr) break;
      LinkId inbound = InboundLinkId(++last_inbound_);
      wires_[{attempt.from, attempt.link}] = {name, inbound};
      wires_[{name, inbound}] = {attempt.from, attempt.link};
      StepOf(name, LinkAccepted{inbound, IpOf(attempt.from), attempt.ip});
      StepOf(attempt.from, LinkConnected{attempt.link, attempt.ip, IpOf(attempt.from)});
      return;
    }
    StepOf(attempt.from, LinkClosed{attempt.link, "Connection refused"});
  }

  void Deliver(const InFlight& sent) {
    auto wire = wires_.find({sent.from, sent.link});
    if (wire == wires_.end() || IsCut(sent.from, wire->second.first)) return;
    StepOf(wire->second.first, MessageReceived{wire->second.second, *sent.message});
  }

  // A replica has what its primary has as soon as it can reach it.
  void Replicate() {
    for (auto& [name, member] : members_) {
      if (member.core == nullptr || !member.replicates) continue;
      char primary = NameOf(*member.replicates)[0];
      auto it = members_.find(primary);
      bool reachable = it != members_.end() && it->second.core != nullptr && !IsCut(name, primary);
      Facts& facts = member.facts;
      if (reachable) {
        facts.replication_offset = it->second.facts.replication_offset;
        facts.primary_last_io_ms = now_;
      } else if (facts.primary_link_up) {
        facts.primary_link_down_since_ms = now_;
      }
      facts.primary_link_up = reachable;
    }
  }

  std::map<char, Member> members_;
  TimeMs now_ = kStartMs;
  std::map<End, End> wires_;
  uint64_t last_inbound_ = 0;
  std::deque<InFlight> in_flight_;
  std::vector<char> pausing_;
  std::set<std::pair<char, char>> cut_;
};

}  // namespace dunlin::cluster::testing
