#include "base/ascii.h"
#include "server/ops.h"
#include "server/persistence_driver.h"
#include "server/server.h"

namespace dunlin::server {

void OpSave(Call& call) {
  PersistenceDriver& persistence = call.server.persistence();
  if (persistence.snapshotter().busy()) {
    call.reply.Error("ERR Background save already in progress");
    return;
  }
  Status saved;
  call.worker.OutsideGate([&] { saved = persistence.SaveAndWait(); });
  saved.ok() ? call.reply.Ok() : call.reply.Error("ERR");
}

// Alone.
void OpBgsave(Call& call) {
  bool schedule = call.args.size() == 2 && EqualsIgnoreCase(call.args[1], "schedule");
  if (call.args.size() > 1 && !schedule) {
    call.reply.Error("ERR syntax error");
    return;
  }
  PersistenceDriver& persistence = call.server.persistence();
  PersistenceState state = persistence.state();
  if (state.bgsave_running || (persistence.snapshotter().busy() && !state.rewrite_running)) {
    call.reply.Error("ERR Background save already in progress");
  } else if (persistence.snapshotter().busy()) {
    if (schedule) {
      persistence.ScheduleSave();
      call.reply.Simple("Background saving scheduled");
    } else {
      call.reply.Error(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to "
          "schedule a "
          "BGSAVE whenever possible.");
    }
  } else if (persistence.BeginSave().ok()) {
    call.reply.Simple("Background saving started");
  } else {
    call.reply.Error("ERR");
  }
}

// Alone.
void OpBgrewriteaof(Call& call) {
  PersistenceDriver& persistence = call.server.persistence();
  if (persistence.state().rewrite_running) {
    call.reply.Error("ERR Background append only file rewriting already in progress");
  } else if (persistence.snapshotter().busy() || call.in_exec) {
    persistence.ScheduleRewrite();
    call.reply.Simple("Background append only file rewriting scheduled");
  } else if (persistence.BeginRewrite().ok()) {
    call.reply.Simple("Background append only file rewriting started");
  } else {
    call.reply.Error(
        "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.");
  }
}

void OpLastsave(Call& call) { call.reply.Integer(call.server.persistence().state().last_save_s); }

}  // namespace dunlin::server
