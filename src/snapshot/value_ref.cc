#include "snapshot/value_ref.h"

namespace dunlin::snapshot {

ValueRef ValueRef::Of(const values::Value& value) {
  switch (value.type()) {
    case values::Type::kList: return ValueRef(value.list());
    case values::Type::kSet: return ValueRef(value.set());
    case values::Type::kSortedSet: return ValueRef(value.sorted_set());
    case values::Type::kHash: return ValueRef(value.hash());
    case values::Type::kStream: return ValueRef(value.stream());
    default: break;
  }
  if (value.is_integer()) return ValueRef(value.integer());
  return ValueRef(value.text().view());
}

}  // namespace dunlin::snapshot
