// The world's failures as values: a file that cannot be written, a torn manifest, a peer that lies.
//
// Three failures, three words. A client's mistake is an error reply (resp/reply.h). A failure of the world is a Status
// or a Result, which the compiler makes the caller look at. Our own mistake is an invariant (base/invariant.h).
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace dunlin {

enum class StatusCode : uint8_t {
  kOk = 0,
  kInvalidArgument,  // the caller's or the user's input is wrong
  kNotFound,
  kAlreadyExists,
  kCorruption,   // bytes that do not say what their format promises
  kUnsupported,  // well formed, but not ours to read
  kIoError,      // the operating system refused
  kUnavailable,  // now is not the time: try again later
};

// The code's name in words, for log lines and tests.
std::string_view StatusCodeName(StatusCode code);

// Success, or a code with one clear line that names what failed.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return {}; }
  static Status InvalidArgument(std::string m) { return {StatusCode::kInvalidArgument, std::move(m)}; }
  static Status NotFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
  static Status AlreadyExists(std::string m) { return {StatusCode::kAlreadyExists, std::move(m)}; }
  static Status Corruption(std::string m) { return {StatusCode::kCorruption, std::move(m)}; }
  static Status Unsupported(std::string m) { return {StatusCode::kUnsupported, std::move(m)}; }
  static Status IoError(std::string m) { return {StatusCode::kIoError, std::move(m)}; }
  static Status Unavailable(std::string m) { return {StatusCode::kUnavailable, std::move(m)}; }
  // "<what>: <strerror(errno_value)>".
  static Status FromErrno(std::string_view what, int errno_value);

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // "OK" or "<code name>: <message>".
  std::string ToString() const;
  // The same failure, seen from further up: "<context>: <message>". An OK status stays OK.
  Status WithContext(std::string_view context) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

template <typename T>
using Result = std::expected<T, Status>;

// For `return Fail(Status::Corruption("..."))` out of a function that returns a Result.
inline std::unexpected<Status> Fail(Status status) { return std::unexpected<Status>(std::move(status)); }

}  // namespace dunlin

// Returns the status of `expr` to the caller when it is not OK. For functions that return a Status.
#define DUNLIN_TRY(expr)                                                              \
  do {                                                                                \
    if (::dunlin::Status dunlin_try_ = (expr); !dunlin_try_.ok()) return dunlin_try_; \
  } while (false)

// The same for functions that return a Result.
#define DUNLIN_TRY_RESULT(expr)                                                                       \
  do {                                                                                                \
    if (::dunlin::Status dunlin_try_ = (expr); !dunlin_try_.ok()) return ::dunlin::Fail(dunlin_try_); \
  } while (false)
