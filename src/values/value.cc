#include "values/value.h"

#include "base/numbers.h"

namespace dunlin::values {
namespace {

template <typename... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};

}  // namespace

Value Value::OfString(std::string_view text) {
  if (auto integer = ParseInt64(text)) return Value(*integer);
  return Value(RawString(text));
}

Type Value::type() const {
  return std::visit(
      Overloaded{[](const RawString&) { return Type::kString; }, [](int64_t) { return Type::kString; },
                 [](const List&) { return Type::kList; }, [](const Set&) { return Type::kSet; },
                 [](const Hash&) { return Type::kHash; }, [](const SortedSet&) { return Type::kSortedSet; },
                 [](const Stream&) { return Type::kStream; }},
      parts_);
}

Encoding Value::encoding() const {
  return std::visit(Overloaded{[](const RawString&) { return Encoding::kRaw; }, [](int64_t) { return Encoding::kInt; },
                               [](const auto& collection) { return collection.encoding(); }},
                    parts_);
}

Element Value::text() const { return is_integer() ? Element(integer()) : Element(std::get<RawString>(parts_).view()); }

uint64_t Value::size() const {
  return std::visit(Overloaded{[](int64_t integer) { return uint64_t{Element(integer).size()}; },
                               [](const auto& part) { return uint64_t{part.size()}; }},
                    parts_);
}

Value Value::Clone() const {
  return std::visit(
      Overloaded{[](int64_t integer) { return Value(integer); }, [](const auto& part) { return Value(part.Clone()); }},
      parts_);
}

size_t Value::memory_bytes() const {
  return std::visit(
      Overloaded{[](int64_t) { return size_t{0}; }, [](const auto& part) { return size_t{part.memory_bytes()}; }},
      parts_);
}

}  // namespace dunlin::values
