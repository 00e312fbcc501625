// Lists.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"blmove", "6.2.0", "Moves an element to another list; waits for one.", "O(1)",
     "source:k destination:k1 wherefrom=(LEFT|RIGHT) whereto=(LEFT|RIGHT) timeout:d"},
    {"blmpop", "7.0.0", "Takes elements of the first list that has some; waits for some.",
     "O(K + N), K being the keys and N the elements taken",
     "timeout:d numkeys:i key:k... where=(LEFT|RIGHT) [COUNT count:i]"},
    {"blpop", "2.0.0", "Takes the first element of a list; waits for one.", "O(K), K being the keys",
     "key:k... timeout:d"},
    {"brpop", "2.0.0", "Takes the last element of a list; waits for one.", "O(K), K being the keys",
     "key:k... timeout:d"},
    {"brpoplpush", "2.2.0", "Moves the last element of a list to the front of another; waits for one.", "O(1)",
     "source:k destination:k1 timeout:d", "", "6.2.0", "BLMOVE source destination RIGHT LEFT timeout"},
    {"lindex", "1.0.0", "The element at a position.",
     "O(N), N being the elements between the nearer end and the position; O(1) at the ends", "key:k index:i"},
    {"linsert", "2.2.0", "Inserts before or after an element.", "O(N), N being the elements before the one looked for",
     "key:k where=(BEFORE|AFTER) pivot element"},
    {"llen", "1.0.0", "Length of a list.", "O(1)", "key:k"},
    {"lmove", "6.2.0", "Moves an element to another list.", "O(1)",
     "source:k destination:k1 wherefrom=(LEFT|RIGHT) whereto=(LEFT|RIGHT)"},
    {"lmpop", "7.0.0", "Takes elements of the first list that has some.",
     "O(K + N), K being the keys and N the elements taken", "numkeys:i key:k... where=(LEFT|RIGHT) [COUNT count:i]"},
    {"lpop", "1.0.0", "Takes elements from the front.", "O(N), N being the elements taken", "key:k [count:i@6.2.0]"},
    {"lpos", "6.0.6", "Where an element stands.", "O(N), N being the elements before the one looked for",
     "key:k element [RANK rank:i] [COUNT num-matches:i] [MAXLEN len:i]"},
    {"lpush", "1.0.0", "Puts elements to the front.", "O(N), N being the elements added", "key:k element..."},
    {"lpushx", "2.2.0", "Puts elements to the front of a list that exists.", "O(N), N being the elements added",
     "key:k element..."},
    {"lrange", "1.0.0", "Part of a list.",
     "O(S + N), S being the distance from the nearer end and N the elements returned", "key:k start:i stop:i"},
    {"lrem", "1.0.0", "Removes elements that are equal to this.", "O(N), N being the elements of the list",
     "key:k count:i element"},
    {"lset", "1.0.0", "Replaces the element at a position.",
     "O(N), N being the elements between the nearer end and the position; O(1) at the ends", "key:k index:i element"},
    {"ltrim", "1.0.0", "Keeps part of a list.", "O(N), N being the elements removed", "key:k start:i stop:i"},
    {"rpop", "1.0.0", "Takes elements from the end.", "O(N), N being the elements taken", "key:k [count:i@6.2.0]"},
    {"rpoplpush", "1.2.0", "Moves the last element of a list to the front of another.", "O(1)",
     "source:k destination:k1", "", "6.2.0", "LMOVE source destination RIGHT LEFT"},
    {"rpush", "1.0.0", "Puts elements to the end.", "O(N), N being the elements added", "key:k element..."},
    {"rpushx", "2.2.0", "Puts elements to the end of a list that exists.", "O(N), N being the elements added",
     "key:k element..."},
};

}  // namespace

std::span<const CommandEntry> ListEntries() { return kEntries; }

}  // namespace dunlin::catalog
