// Who owns which slot, what claims change that, and which slots are on their way.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// REQUIRES: nobody owns the slot.
void AddSlot(Turn& t, NodeIndex owner, SlotId slot);
// Nothing happens to a slot that nobody owns.
void RemoveSlot(Turn& t, SlotId slot);
void RemoveSlotsOf(Turn& t, NodeIndex owner);
// No slot is owned by, or on its way from or to, this node any more.
void ForgetNodeInSlots(Turn& t, NodeIndex index);

// kNoNode for `peer` closes it.
void SetMigrating(Turn& t, SlotId slot, NodeIndex peer);
void SetImporting(Turn& t, SlotId slot, NodeIndex peer);
void CloseAllOpenSlots(Turn& t);

// Nobody owns it, or its owner stopped to say so.
bool IsUnclaimed(const State& s, SlotId slot);

// `claimant`, a primary, says that it owns exactly `claims` since `epoch`. Slots with older claims go to it; if these
// were the last ones of mine, or of my primary, I follow the claimant; keys in slots that I lost otherwise are deleted.
void TakeClaims(Turn& t, NodeIndex claimant, Epoch epoch, const SlotSet& claims);

// Tells the sender, over its outbound link, who owns the first slot that it claims with too old an epoch.
void CorrectStaleClaims(Turn& t, NodeIndex sender, Epoch epoch, const SlotSet& claims);

// After a start: the slots in which keys were found agree with the books, or the books are changed.
void ReconcileWithData(Turn& t, const SlotSet& slots_with_keys);

}  // namespace dunlin::cluster
