// A client of the cluster: it reads and writes keys, remembers who serves which slot, and follows redirections.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "sim/checks.h"
#include "sim/outside.h"
#include "sim/recipe.h"
#include "sim/task.h"

namespace dunlin::sim {

class Client {
 public:
  Client(const Surroundings& around, std::vector<Host*> hosts, const Recipe& recipe, uint64_t seed,
         uint32_t* last_write);

  // To be started once; ends soon after Stop().
  Task<> Run();
  void Stop() { stopped_ = true; }
  // From now on following redirections must end after so many.
  void ExpectAtMost(int redirections) { max_redirections_ = redirections; }

 private:
  struct Redirection {
    Host* to = nullptr;
    bool ask = false;
  };

  Request Draw();
  Task<> Perform(Request request);
  std::optional<Redirection> ParseRedirection(std::string_view error) const;
  Host* AnyHost() { return hosts_[random_.Below(hosts_.size())]; }

  const Surroundings& around_;
  const std::vector<Host*> hosts_;
  const Recipe& recipe_;
  Random random_;
  Outside outside_;
  uint32_t* last_write_;
  std::vector<Host*> known_;  // who serves a slot, by its place
  int max_redirections_;
  bool stopped_ = false;
};

}  // namespace dunlin::sim
