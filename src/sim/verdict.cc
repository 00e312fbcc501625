#include "sim/verdict.h"

namespace dunlin::sim {

void Counters::Add(const Counters& other) {
  steps += other.steps;
  messages += other.messages;
  boots += other.boots;
  elections += other.elections;
  promotions += other.promotions;
  full_syncs += other.full_syncs;
  partial_syncs += other.partial_syncs;
  reads += other.reads;
  writes += other.writes;
  acknowledged += other.acknowledged;
  acknowledged_lost += other.acknowledged_lost;
  slots_moved += other.slots_moved;
  unclaimed_slots += other.unclaimed_slots;
  simulated_ms += other.simulated_ms;
}

}  // namespace dunlin::sim
