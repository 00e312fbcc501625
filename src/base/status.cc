#include "base/status.h"

#include <cstring>

namespace dunlin {

std::string_view StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "OK";
    case StatusCode::kInvalidArgument: return "invalid argument";
    case StatusCode::kNotFound: return "not found";
    case StatusCode::kAlreadyExists: return "already exists";
    case StatusCode::kCorruption: return "corruption";
    case StatusCode::kUnsupported: return "unsupported";
    case StatusCode::kIoError: return "I/O error";
    case StatusCode::kUnavailable: return "unavailable";
  }
  return "unknown";
}

Status Status::FromErrno(std::string_view what, int errno_value) {
  char buffer[256];
  // The GNU form: it returns the text, which need not stand in the buffer.
  const char* text = strerror_r(errno_value, buffer, sizeof buffer);
  std::string message(what);
  message.append(": ").append(text);
  return IoError(std::move(message));
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  std::string out(StatusCodeName(code_));
  return out.append(": ").append(message_);
}

Status Status::WithContext(std::string_view context) const {
  if (ok()) return *this;
  std::string message(context);
  message.append(": ").append(message_);
  return {code_, std::move(message)};
}

}  // namespace dunlin
