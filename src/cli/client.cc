#include "cli/client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "cli/sync.h"
#include "cli/terminal.h"

namespace dunlin::cli {
namespace {

// Two nodes that send us to each other will not settle it by being asked again.
constexpr int kMaxRedirects = 32;
constexpr int kRepaintMs = 5000;

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [word](std::string_view other) { return EqualsIgnoreCase(word, other); });
}

void PrintError(std::string_view text) { fmt::print(stderr, "{}\n", text); }

void Write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

// ---- Connecting

void Client::ForgetSession() {
  connection_.reset();
  database_ = 0;
  in_multi_ = false;
  subscribed_ = false;
  monitoring_ = false;
  channels_ = shard_channels_ = 0;
  resp3_ = false;
}

bool Client::Connect(Announce announce) {
  bool was_resp3 = resp3_;
  ForgetSession();
  UpdateInterrupt();
  Result<Connection> dialed = Connection::Dial(options_.endpoint, options_.dial);
  if (!dialed) {
    if (announce == Announce::kAloud) PrintError(dialed.error().message());
    return false;
  }
  connection_ = std::move(*dialed);
  if (style_ == Style::kInteractive) connection_->set_cancel_flag(&InterruptFlag());
  SetPushHandling();
  LoginOptions login = options_.Login();
  login.resp3 = login.resp3 || was_resp3;
  Status logged_in = connection_->Login(login);
  database_ = connection_->database();
  resp3_ = connection_->resp3();
  if (logged_in.ok()) return true;
  PrintError(logged_in.message());
  if (connection_->broken()) connection_.reset();
  // --json asks for RESP3 only because it looks better.
  return logged_in.code() == StatusCode::kUnsupported && options_.resp3 == Options::Resp3::kImplied;
}

void Client::SetAddress(const std::string& host, int port) {
  options_.endpoint.host = host;
  options_.endpoint.port = port;
}

void Client::SetPushHandling() {
  if (subscribed_) {
    connection_->DeliverPushes();
  } else if (options_.show_pushes) {
    connection_->set_push_handler([this](const resp::Reply& push) { Write(FormatPush(push, Form())); });
  } else {
    connection_->set_push_handler(nullptr);
  }
}

void Client::UpdateInterrupt() {
  if (style_ != Style::kInteractive) return;
  SetOnInterrupt(subscribed_ || monitoring_ ? OnInterrupt::kRemember : OnInterrupt::kExit);
}

void Client::SelectWantedDatabase() {
  if (options_.database == database_) return;
  std::string number = std::to_string(options_.database);
  Result<resp::Reply> reply = connection_->Command({"SELECT", number});
  if (!reply) {
    PrintError("\nI/O error");
  } else if (reply->IsError()) {
    PrintError(fmt::format("SELECT {} failed: {}", number, reply->text));
  } else {
    database_ = options_.database;
  }
}

std::string Client::Prompt() const {
  std::string prompt = options_.endpoint.unix_path.empty() ? "" : "redis ";
  prompt += options_.endpoint.Display();
  if (database_ != 0) prompt += fmt::format("[{}]", database_);
  if (in_multi_) prompt += "(TX)";
  if (subscribed_) prompt += "(subscribed mode)";
  return prompt + "> ";
}

// ---- The way of a command

Client::Traits Client::TraitsOf(std::span<const std::string> arguments) {
  std::string_view command = arguments[0];
  Traits traits;
  traits.verbatim_reply = HasVerbatimReply(arguments);
  traits.subscribes = IsOneOf(command, {"subscribe", "psubscribe", "ssubscribe"});
  traits.unsubscribes = IsOneOf(command, {"unsubscribe", "punsubscribe", "sunsubscribe"});
  traits.monitors = IsOneOf(command, {"monitor"});
  traits.becomes_replica = IsOneOf(command, {"sync", "psync"});
  return traits;
}

Outcome Client::Run(std::span<const std::string> arguments, int64_t repeat) {
  Traits traits = TraitsOf(arguments);
  shutting_down_ = IsOneOf(arguments[0], {"shutdown"});
  redirects_ = 0;
  while (repeat != 0) {
    if (Outcome ready = EnsureReadyToSend(); ready != Outcome::kOk) return ready;
    Outcome sent = SendOnce(arguments, traits);
    std::fflush(stdout);
    if (sent != Outcome::kOk) return sent;
    if (redirected_) continue;
    if (repeat > 0) --repeat;
    redirects_ = 0;
    if (options_.interval_us > 0) usleep(static_cast<useconds_t>(options_.interval_us));
  }
  return Outcome::kOk;
}

Outcome Client::EnsureReadyToSend() {
  if (redirected_ || !connection_ || connection_->broken()) {
    redirected_ = false;
    if (!Connect(Announce::kAloud)) return Outcome::kFailed;
  }
  if (std::exchange(ask_, false) && !SendAsking()) return Outcome::kFailed;
  return Outcome::kOk;
}

bool Client::SendAsking() {
  Result<resp::Reply> reply = connection_->Command({"ASKING"});
  if (!reply) {
    PrintError("\nI/O error");
    return false;
  }
  if (reply->IsError()) PrintError("ASKING failed: " + reply->text);
  return !reply->IsError();
}

Outcome Client::SendOnce(std::span<const std::string> arguments, const Traits& traits) {
  connection_->Queue(arguments);
  if (traits.monitors) return StreamMonitor(traits);
  if (traits.becomes_replica) return StreamReplication();
  // Nothing but pushes confirms these, so they have to come as replies.
  if (traits.subscribes || traits.unsubscribes) connection_->DeliverPushes();
  return ReadAnswers(arguments, traits);
}

Outcome Client::StreamMonitor(const Traits& traits) {
  monitoring_ = true;
  UpdateInterrupt();
  Outcome outcome = Outcome::kOk;
  while (monitoring_ && outcome == Outcome::kOk) {
    outcome = ReadReply(traits.verbatim_reply);
    std::fflush(stdout);
    if (last_reply_.IsError()) monitoring_ = false;
  }
  monitoring_ = false;
  UpdateInterrupt();
  return outcome;
}

Outcome Client::StreamReplication() {
  fmt::print("Entering replica output mode...  (press Ctrl-C to quit)\n");
  std::fflush(stdout);
  Status lost = FollowReplication(*connection_);
  ForgetSession();
  PrintError("Error: " + lost.message());
  return style_ == Style::kOneShot ? Outcome::kFatal : Outcome::kFailed;
}

Outcome Client::ReadAnswers(std::span<const std::string> arguments, const Traits& traits) {
  size_t confirmations = 0;
  if (traits.subscribes || traits.unsubscribes) confirmations = std::max<size_t>(arguments.size() - 1, 1);
  while (true) {
    if (Outcome outcome = ReadReply(traits.verbatim_reply); outcome != Outcome::kOk) return outcome;
    std::fflush(stdout);
    if (!connection_ || redirected_) return Outcome::kOk;
    if (!subscribed_ && confirmations == 0) break;
    if (IsSubscriptionPush(last_reply_)) {
      bool confirms = confirmations > 0 && EqualsIgnoreCase(last_reply_.elements[0].text, arguments[0]);
      if (!confirms) continue;
      if (traits.subscribes) SetSubscribed(true);
      if (--confirmations == 0) break;
    } else if (last_reply_.kind != resp::ReplyKind::kPush) {
      break;  // an error, or the answer to another command than these
    }
  }
  Learn(arguments);
  LeaveWhenNothingIsSubscribed();
  if ((traits.subscribes || traits.unsubscribes) && !subscribed_) SetPushHandling();
  return Outcome::kOk;
}

Outcome Client::ReadReply(bool verbatim) {
  last_reply_ = resp::Reply();
  Result<resp::Reply> reply = connection_->Receive();
  if (!reply) return HandleReadFailure(reply.error());
  last_reply_ = std::move(*reply);
  if (TakeRedirect(last_reply_)) return Outcome::kOk;
  if (last_reply_.IsError() && style_ == Style::kOneShot && options_.error_exit_code) {
    PrintError(last_reply_.text);
    return Outcome::kFatal;
  }
  if (IsSubscriptionPush(last_reply_)) CountSubscriptions(last_reply_);
  PrintReply(last_reply_, verbatim);
  return Outcome::kOk;
}

Outcome Client::HandleReadFailure(const Status& failure) {
  if (failure.message() == Connection::kInterrupted) {
    Connect(Announce::kAloud);
    return Outcome::kFailed;
  }
  ForgetSession();
  UpdateInterrupt();
  if (shutting_down_) return Outcome::kOk;
  PrintError("Error: " + failure.message());
  return style_ == Style::kOneShot ? Outcome::kFatal : Outcome::kFailed;
}

bool Client::TakeRedirect(const resp::Reply& reply) {
  if (!options_.follow_redirects || !reply.IsError() || redirects_ >= kMaxRedirects) return false;
  std::optional<Redirect> redirect = ParseRedirect(reply.text);
  if (!redirect) return false;
  ++redirects_;
  SetAddress(redirect->host.empty() ? options_.endpoint.host : redirect->host, redirect->port);
  if (style_ == Style::kInteractive) {
    fmt::print("-> Redirected to slot [{}] located at {}:{}\n", redirect->slot, options_.endpoint.host,
               options_.endpoint.port);
  }
  redirected_ = true;
  ask_ = redirect->is_ask;
  return true;
}

// ---- What commands change in the session

void Client::Learn(std::span<const std::string> arguments) {
  std::string_view command = arguments[0];
  size_t count = arguments.size();
  if (IsOneOf(command, {"select"}) && count == 2 && !last_reply_.IsError()) {
    options_.database = database_ = std::atoi(arguments[1].c_str());
  } else if (IsOneOf(command, {"auth"}) && (count == 2 || count == 3)) {
    SelectWantedDatabase();
  } else if (IsOneOf(command, {"multi", "exec", "discard"}) && count == 1) {
    LearnTransaction(command);
  } else if (IsOneOf(command, {"reset"}) && count == 1 && !last_reply_.IsError()) {
    in_multi_ = false;
    options_.database = database_ = 0;
    resp3_ = false;
    SetSubscribed(false);
  } else if (IsOneOf(command, {"hello"})) {
    if (last_reply_.kind == resp::ReplyKind::kMap) resp3_ = true;
    if (last_reply_.kind == resp::ReplyKind::kArray) resp3_ = false;
  }
}

void Client::LearnTransaction(std::string_view command) {
  bool refused = last_reply_.IsError();
  if (IsOneOf(command, {"multi"})) {
    if (refused) return;
    in_multi_ = true;
    database_before_multi_ = database_;
  } else if (IsOneOf(command, {"exec"})) {
    if (!std::exchange(in_multi_, false)) return;
    // A SELECT inside was answered with QUEUED and never happened.
    if (refused || last_reply_.IsNull()) options_.database = database_ = database_before_multi_;
  } else if (!refused) {
    in_multi_ = false;
    options_.database = database_ = database_before_multi_;
  }
}

// ---- Subscribed mode

bool Client::IsSubscriptionPush(const resp::Reply& reply) const {
  resp::ReplyKind expected = resp3_ ? resp::ReplyKind::kPush : resp::ReplyKind::kArray;
  if (reply.kind != expected || reply.elements.size() < 3) return false;
  const resp::Reply& what = reply.elements[0];
  return what.kind == resp::ReplyKind::kString && (what.text.ends_with("message") || what.text.ends_with("subscribe"));
}

void Client::CountSubscriptions(const resp::Reply& push) {
  const std::string& what = push.elements[0].text;
  if (!what.ends_with("subscribe")) return;
  bool by_shard = what == "ssubscribe" || what == "sunsubscribe";
  (by_shard ? shard_channels_ : channels_) = push.elements[2].integer;
}

void Client::SetSubscribed(bool subscribed) {
  if (subscribed_ == subscribed) return;
  subscribed_ = subscribed;
  if (!subscribed) channels_ = shard_channels_ = 0;
  SetPushHandling();
  UpdateInterrupt();
}

void Client::LeaveWhenNothingIsSubscribed() {
  if (subscribed_ && channels_ == 0 && shard_channels_ == 0) SetSubscribed(false);
}

bool Client::LeaveSubscribedMode() { return Connect(Announce::kAloud); }

Outcome Client::Watch() {
  while (subscribed_) {
    if (Outcome outcome = ReadReply(false); outcome != Outcome::kOk) return outcome;
    std::fflush(stdout);
    LeaveWhenNothingIsSubscribed();
  }
  return Outcome::kOk;
}

Outcome Client::WatchUntilKey() {
  bool explain = options_.output != OutputForm::kRaw && StdoutIsTerminal();
  bool colored = explain && HasColors();
  KeyMode keys(KeyMode::Signals::kOn);
  while (subscribed_) {
    while (std::optional<Result<resp::Reply>> next = connection_->TryReceive()) {
      if (!next->has_value()) return HandleReadFailure(next->error());
      if (IsSubscriptionPush(**next)) CountSubscriptions(**next);
      PrintReply(**next, false);
    }
    LeaveWhenNothingIsSubscribed();
    if (!subscribed_) break;
    if (explain) {
      fmt::print("{}Reading messages... (press Ctrl-C to quit or any key to type command)\r{}",
                 colored ? "\033[1;90m" : "", colored ? "\033[0m" : "");
    }
    std::fflush(stdout);
    Readable readable = WaitReadable(connection_->fd(), kRepaintMs);
    if (explain) fmt::print("\033[K");
    std::fflush(stdout);
    if (InterruptFlag().load()) return LeaveSubscribedMode() ? Outcome::kOk : Outcome::kFatal;
    if (!readable.connection && readable.standard_input) break;
  }
  return Outcome::kOk;
}

// ---- Output

FormatOptions Client::Form() const {
  return {.form = options_.output,
          .bulk_delimiter = options_.bulk_delimiter,
          .command_delimiter = options_.command_delimiter};
}

void Client::PrintReply(const resp::Reply& reply, bool verbatim) const {
  Write(verbatim ? FormatVerbatim(reply, options_.bulk_delimiter) : FormatReply(reply, Form()));
}

}  // namespace dunlin::cli
