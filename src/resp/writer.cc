#include "resp/writer.h"

#include <cmath>
#include <cstring>

#include "base/numbers.h"

namespace dunlin::resp {
namespace {

constexpr size_t kHeaderBytes = 1 + kInt64Digits + 2;

// "<kind><value>\r\n" at `p`; returns its length.
size_t WriteHeader(char* p, char kind, int64_t value) {
  p[0] = kind;
  size_t n = 1;
  if (value >= 0 && value < 10) {
    p[n++] = static_cast<char>('0' + value);
  } else {
    n += static_cast<size_t>(FormatInt64(value, p + n));
  }
  p[n++] = '\r';
  p[n++] = '\n';
  return n;
}

// Replies of one line must stay one line.
void AppendLine(Buffer& out, char kind, std::string_view text) {
  char* p = out.Reserve(text.size() + 3);
  *p++ = kind;
  for (char c : text) *p++ = c == '\r' || c == '\n' ? ' ' : c;
  *p++ = '\r';
  *p++ = '\n';
  out.Produced(text.size() + 3);
}

}  // namespace

void ReplyWriter::Header(char kind, size_t count) {
  char* p = out_->Reserve(kHeaderBytes);
  out_->Produced(WriteHeader(p, kind, static_cast<int64_t>(count)));
}

void ReplyWriter::Deferred(char kind, Mark mark, size_t count) {
  char header[kHeaderBytes];
  size_t n = WriteHeader(header, kind, static_cast<int64_t>(count));
  out_->InsertBeforeTail(out_->size() - mark, {header, n});
}

void ReplyWriter::Simple(std::string_view text) { AppendLine(*out_, '+', text); }

void ReplyWriter::Error(std::string_view text) { AppendLine(*out_, '-', text); }

void ReplyWriter::Integer(int64_t value) {
  char* p = out_->Reserve(kHeaderBytes);
  out_->Produced(WriteHeader(p, ':', value));
}

void ReplyWriter::Bulk(std::string_view bytes) {
  char* p = out_->Reserve(kHeaderBytes + bytes.size() + 2);
  size_t n = WriteHeader(p, '$', static_cast<int64_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(p + n, bytes.data(), bytes.size());
  n += bytes.size();
  p[n++] = '\r';
  p[n++] = '\n';
  out_->Produced(n);
}

void ReplyWriter::BulkInteger(int64_t value) {
  char digits[kInt64Digits];
  Bulk({digits, static_cast<size_t>(FormatInt64(value, digits))});
}

void ReplyWriter::Double(double value) {
  std::string text = FormatDouble(value);
  if (!resp3()) {
    Bulk(text);
    return;
  }
  AppendLine(*out_, ',', text);
}

void ReplyWriter::Null() { out_->Append(resp3() ? "_\r\n" : "$-1\r\n"); }

void ReplyWriter::NullArray() { out_->Append(resp3() ? "_\r\n" : "*-1\r\n"); }

void ReplyWriter::Boolean(bool value) {
  if (resp3()) {
    out_->Append(value ? "#t\r\n" : "#f\r\n");
  } else {
    Integer(value ? 1 : 0);
  }
}

void ReplyWriter::Verbatim(std::string_view kind, std::string_view text) {
  if (!resp3()) {
    Bulk(text);
    return;
  }
  Header('=', text.size() + 4);
  out_->Append(kind);
  out_->Append(':');
  out_->Append(text);
  out_->Append("\r\n");
}

void ReplyWriter::BigNumber(std::string_view digits) {
  if (resp3()) {
    AppendLine(*out_, '(', digits);
  } else {
    Bulk(digits);
  }
}

}  // namespace dunlin::resp
