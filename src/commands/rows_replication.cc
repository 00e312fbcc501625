// Replication and persistence: rows of the server group that other servers and operators call.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr CommandSpec kRows[] = {
    {.name = "bgrewriteaof", .arity = 1, .flags = kAdmin | kNoscript | kNoAsyncLoading | kAlone, .group = Group::kServer,
     .op = ServerOp::kBgrewriteaof, .since = "1.0.0", .summary = "Rewrites the append-only file in the background."},
    {.name = "bgsave", .arity = -1, .flags = kAdmin | kNoscript | kNoAsyncLoading | kAlone, .group = Group::kServer,
     .op = ServerOp::kBgsave, .since = "1.0.0", .summary = "Saves the data to disk in the background."},
    {.name = "failover", .arity = -1, .flags = kAdmin | kNoscript | kStale, .group = Group::kServer,
     .op = ServerOp::kFailover, .since = "6.2.0", .summary = "Hands this primary's role to one of its replicas."},
    {.name = "lastsave", .arity = 1, .flags = kLoading | kStale | kFast, .categories = kAclAdmin | kAclDangerous,
     .group = Group::kServer, .op = ServerOp::kLastsave, .since = "1.0.0", .summary = "Tells when the data was last saved."},
    {.name = "psync", .arity = -3, .flags = kAdmin | kNoscript | kNoAsyncLoading | kNoMulti, .group = Group::kServer,
     .op = ServerOp::kPsync, .since = "2.8.0", .summary = "Begins or continues to replicate this server. For servers."},
    {.name = "replconf", .arity = -1, .flags = kAdmin | kNoscript | kLoading | kStale | kAllowBusy, .group = Group::kServer,
     .op = ServerOp::kReplconf, .since = "3.0.0", .summary = "Tells what a replica can and has. For servers."},
    {.name = "replicaof", .arity = 3, .flags = kAdmin | kNoscript | kStale | kNoAsyncLoading, .group = Group::kServer,
     .op = ServerOp::kReplicaof, .since = "5.0.0", .summary = "Makes this server a replica, or a primary again."},
    {.name = "role", .arity = 1, .flags = kNoscript | kLoading | kStale | kFast, .categories = kAclAdmin | kAclDangerous,
     .group = Group::kServer, .op = ServerOp::kRole, .since = "2.8.12", .summary = "Tells this server's role in replication."},
    {.name = "save", .arity = 1, .flags = kAdmin | kNoscript | kNoAsyncLoading | kNoMulti, .group = Group::kServer,
     .op = ServerOp::kSave, .since = "1.0.0", .summary = "Saves the data to disk and waits for it."},
    {.name = "slaveof", .arity = 3, .flags = kAdmin | kNoscript | kStale | kNoAsyncLoading, .group = Group::kServer,
     .op = ServerOp::kReplicaof, .since = "1.0.0", .summary = "REPLICAOF by its old name."},
    {.name = "sync", .arity = 1, .flags = kAdmin | kNoscript | kNoAsyncLoading | kNoMulti, .group = Group::kServer,
     .op = ServerOp::kSync, .since = "1.0.0", .summary = "Begins to replicate this server, the old way. For servers."},
    {.name = "wait", .arity = 3, .flags = kBlocking, .categories = kAclConnection, .group = Group::kGeneric,
     .op = ServerOp::kWait, .since = "3.0.0", .summary = "Waits until replicas have this connection's writes."},
    {.name = "waitaof", .arity = 4, .flags = kBlocking | kNoscript, .categories = kAclConnection, .group = Group::kGeneric,
     .op = ServerOp::kWaitaof, .since = "7.2.0", .summary = "Waits until this connection's writes are on disks."},
};

}  // namespace

std::span<const CommandSpec> ReplicationCommands() { return kRows; }

}  // namespace dunlin::commands
