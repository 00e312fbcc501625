// Sleeping on a word until another thread changes it: the kernel's futex, and nothing around it.
//
// std::atomic's wait() gives its processor away some times before it sleeps (sched_yield). On a busy machine each of
// these costs a whole time slice of somebody else, where the sleep would have ended within microseconds.
//
// Thread: any. All memory order is that of the caller's own loads and stores.
#pragma once

#include <atomic>
#include <cstdint>

namespace dunlin {

// Sleeps while the word has the value. May also return for no reason: the caller looks at the word again.
void FutexWait(const std::atomic<uint32_t>& word, uint32_t value);
// Wakes one of those that sleep on the word, or all. Whoever comes to sleep later looks at the word first.
void FutexWakeOne(const std::atomic<uint32_t>& word);
void FutexWakeAll(const std::atomic<uint32_t>& word);

}  // namespace dunlin
