// Connections.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"auth", "1.0.0", "Says who we are.", "O(N), N being the user's passwords", "[username@6.0.0] password"},
    {"client", "2.4.0", "Looks after connections.", "that of the subcommand"},
    {"client|caching", "6.0.0", "Says whether the keys of the next command are tracked.", "O(1)", "mode=(YES|NO)"},
    {"client|getname", "2.6.9", "Tells the connection's name.", "O(1)"},
    {"client|getredir", "6.0.0", "Tells which connection gets the messages of tracking.", "O(1)"},
    {"client|help", "5.0.0", "Prints the subcommands.", "O(1)"},
    {"client|id", "5.0.0", "Tells the connection's id.", "O(1)"},
    {"client|info", "6.2.0", "Describes this connection.", "O(1)", "", "nondeterministic_output"},
    {"client|kill", "2.4.0", "Closes connections.", "O(N), N being the connections",
     "filter=(old-format{ip:port}|new-format=([ID "
     "client-id:i@2.8.12]|[client-type=TYPE(NORMAL|MASTER@3.2.0|SLAVE|REPLICA@5.0.0|PUBSUB)@2.8.12]|[USER "
     "username]|[ADDR addr{ip:port}]|[LADDR laddr{ip:port}@6.2.0]|[SKIPME(YES|NO)])...)"},
    {"client|list", "2.4.0", "Describes all connections.", "O(N), N being the connections",
     "[client-type=TYPE(NORMAL|MASTER|REPLICA|PUBSUB)@5.0.0] [ID client-id:i...@6.2.0]", "nondeterministic_output"},
    {"client|no-evict", "7.0.0", "Spares the connection when memory is taken back from clients.", "O(1)",
     "enabled=(ON|OFF)"},
    {"client|no-touch", "7.2.0", "Leaves the idle times of keys alone.", "O(1)", "enabled=(ON|OFF)"},
    {"client|pause", "3.0.0", "Makes clients wait.", "O(1)", "timeout:i mode=[WRITE|ALL]@6.2.0"},
    {"client|reply", "3.2.0", "Turns replies off and on.", "O(1)", "action=(ON|OFF|SKIP)"},
    {"client|setinfo", "7.2.0", "Tells the server what library the client uses.", "O(1)",
     "attr=(LIB-NAME libname|LIB-VER libver)", "request_policy:all_nodes response_policy:all_succeeded"},
    {"client|setname", "2.6.9", "Names the connection.", "O(1)", "connection-name",
     "request_policy:all_nodes response_policy:all_succeeded"},
    {"client|tracking", "6.0.0", "Turns messages about changed keys on or off.", "O(1), and what the options add",
     "status=(ON|OFF) [REDIRECT client-id:i] [PREFIX prefix...*] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]"},
    {"client|trackinginfo", "6.2.0", "Tells how the connection tracks keys.", "O(1)"},
    {"client|unblock", "5.0.0", "Ends the waiting of another connection.", "O(log N), N being the connections",
     "client-id:i unblock-type=[TIMEOUT|ERROR]"},
    {"client|unpause", "6.2.0", "Lets paused clients go on.", "O(N), N being the paused connections"},
    {"echo", "1.0.0", "The same text back.", "O(1)", "message"},
    {"hello", "6.0.0", "Chooses the protocol and tells about the server.", "O(1)",
     "arguments=[protover:i [AUTH(username password)] [SETNAME clientname]]"},
    {"ping", "1.0.0", "Whether the server answers.", "O(1)", "[message]",
     "request_policy:all_shards response_policy:all_succeeded"},
    {"quit", "1.0.0", "Ends this connection.", "O(1)", "", "", "7.2.0", "closing the connection"},
    {"reset", "6.2.0", "Makes this connection as new.", "O(1)"},
    {"select", "1.0.0", "Goes to another database.", "O(1)", "index:i"},
};

}  // namespace

std::span<const CommandEntry> ConnectionEntries() { return kEntries; }

}  // namespace dunlin::catalog
