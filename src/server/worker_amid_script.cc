// A worker whose own thread runs a script that takes long: what its other clients get meanwhile.
#include <algorithm>

#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {

bool Worker::IsOwnThread() const { return thread_.get_id() == std::this_thread::get_id(); }

void Worker::ServeAmidScript(Session& caller) {
  DUNLIN_INVARIANT(IsOwnThread() && server_.gate().lingering(), "only a script that lingers lets its thread serve");
  if (script_caller_ == nullptr) {
    script_caller_ = &caller;
    // Its command stands in its buffer, which must not move.
    loop_->PauseReading(caller.stream, true);
  }
  if (!amid_lane_) amid_lane_ = std::make_unique<Lane>(server_, *this, main_lane_.executor.random().Next());
  // The script's clock stands still.
  int64_t script_now_ms = std::exchange(now_ms_, server_.clock_ms());
  lane_ = amid_lane_.get();
  server_.gate().Enter(gate_member_);
  amid_script_ = true;
  loop_->Wait(0);
  TakeReady();
  ServeReadySessions();
  amid_script_ = false;
  server_.gate().Leave(gate_member_);
  lane_ = &main_lane_;
  now_ms_ = script_now_ms;
}

void Worker::EndServingAmidScript() {
  if (script_caller_ == nullptr) return;
  Session& caller = *std::exchange(script_caller_, nullptr);
  loop_->PauseReading(caller.stream, false);
  if (caller.stream.ended()) Close(caller, false, caller.stream.end_reason());
}

}  // namespace dunlin::server
