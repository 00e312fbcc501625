// What a user's session is: the connection to one server at a time, what was told to it (database, MULTI, SUBSCRIBE,
// HELLO), and the way of a command: connect if needed, send, print the reply, follow redirections.
//
// Thread: main.
// Errors: everything is told to the user here, on the stream and in the words of redis-cli; Outcome says how to go on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cli/connection.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/redirect.h"

namespace dunlin::cli {

enum class Outcome : uint8_t {
  kOk,
  kFailed,  // the command was not carried out; a session may go on
  kFatal,   // the process ends with status 1
};

class Client {
 public:
  enum class Style : bool { kOneShot, kInteractive };
  enum class Announce : bool { kQuietly, kAloud };  // whether a failure to connect is printed

  Client(Options options, Style style) : options_(std::move(options)), style_(style) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Connects and logs in, leaving the connection there is. False when either failed; after a refused login the
  // connection is there all the same.
  bool Connect(Announce announce);
  // The same when there is none.
  bool ConnectIfNeeded(Announce announce) { return connection_ ? true : Connect(announce); }
  // From now on to another server.
  void SetAddress(const std::string& host, int port);

  // Sends the command `repeat` times (for ever when negative) and prints what comes back.
  Outcome Run(std::span<const std::string> arguments, int64_t repeat);

  // While subscribed: prints messages until Ctrl-C leaves the subscribed mode, or a key is pressed.
  Outcome WatchUntilKey();
  // While subscribed: prints messages for ever.
  Outcome Watch();
  // Ends the subscribed mode by starting over with a new connection.
  bool LeaveSubscribedMode();

  // What stands in front of the cursor.
  std::string Prompt() const;
  bool connected() const { return connection_.has_value(); }
  bool subscribed() const { return subscribed_; }
  const Options& options() const { return options_; }
  // REQUIRES: connected().
  Connection& connection() { return *connection_; }

 private:
  // What the words of a command mean for the session.
  struct Traits {
    bool verbatim_reply = false;
    bool subscribes = false;
    bool unsubscribes = false;
    bool monitors = false;
    bool becomes_replica = false;
  };

  static Traits TraitsOf(std::span<const std::string> arguments);
  Outcome EnsureReadyToSend();
  bool SendAsking();
  Outcome SendOnce(std::span<const std::string> arguments, const Traits& traits);
  Outcome StreamMonitor(const Traits& traits);
  Outcome StreamReplication();
  Outcome ReadAnswers(std::span<const std::string> arguments, const Traits& traits);
  // Reads one reply into last_reply_; prints it, or takes it as a redirection.
  Outcome ReadReply(bool verbatim);
  Outcome HandleReadFailure(const Status& failure);
  bool TakeRedirect(const resp::Reply& reply);
  // What the answer to the command changes in the session.
  void Learn(std::span<const std::string> arguments);
  void LearnTransaction(std::string_view command);
  bool IsSubscriptionPush(const resp::Reply& reply) const;
  void CountSubscriptions(const resp::Reply& push);
  void SetSubscribed(bool subscribed);
  void LeaveWhenNothingIsSubscribed();
  void SelectWantedDatabase();
  void ForgetSession();
  // Pushes are printed or thrown away between replies; while subscribed they are replies.
  void SetPushHandling();
  void UpdateInterrupt();
  void PrintReply(const resp::Reply& reply, bool verbatim) const;
  FormatOptions Form() const;

  Options options_;  // the address and the database follow what the user does
  const Style style_;
  std::optional<Connection> connection_;

  // Of the connection.
  int database_ = 0;
  bool in_multi_ = false;
  int database_before_multi_ = 0;
  bool subscribed_ = false;
  int64_t channels_ = 0;  // subscriptions as the last confirmation counted them
  int64_t shard_channels_ = 0;
  bool resp3_ = false;
  bool monitoring_ = false;

  // Of the command under way.
  bool redirected_ = false;  // it has to be sent again, to another address
  bool ask_ = false;         // ... with ASKING in front
  int redirects_ = 0;
  bool shutting_down_ = false;
  resp::Reply last_reply_;
};

}  // namespace dunlin::cli
