"""Waiting for a condition with a deadline: the only way a test waits.

`wait_until` polls; the pause between two looks is its own business and never decides whether a test passes.
"""

import time

PAUSE_S = 0.02


class WaitTimeout(AssertionError):
    """The condition did not become true in time."""


def wait_until(condition, deadline_s, what, pause_s=PAUSE_S):
    """Calls `condition` until it returns something true, and returns that.

    Raises WaitTimeout after `deadline_s` seconds; its text says `what` was awaited and what the last look saw:
    `condition` may return a false value or raise LookFailed("what was seen") to explain itself.
    """
    end = time.monotonic() + deadline_s
    seen = None
    while True:
        try:
            result = condition()
            if result:
                return result
            seen = result
        except LookFailed as failure:
            seen = failure
        if time.monotonic() >= end:
            raise WaitTimeout(f"waited {deadline_s} s for {what}; last seen: {seen}")
        time.sleep(pause_s)


class LookFailed(Exception):
    """Raised by a condition that is not true yet and can say why."""
