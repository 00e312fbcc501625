"""A writer and a reader that run in the background of a scenario and hold the servers to what they acknowledged.

Each key belongs to one writer and its value is a version that only grows. After a write was acknowledged, every read
that starts later, and the state at the end, must show that version or a later one that was attempted. An attempt
that was never answered may or may not have been applied; one that timed out may even be applied later.
"""

import contextlib
import random
import threading

from lib.cluster_client import ClusterClient, Refused, Unknown

FIELD = b"version"
EXPIRY_S = 1000000
# A pause between two operations, so that the load leaves the machine to the servers; nothing waits for it.
PACE_S = 0.003


class _Kind:
    """How one type of value holds a version: the command that writes it and the one that reads it back."""

    def __init__(self, write, read):
        self.write = write
        self.read = read


_KINDS = (
    _Kind(lambda key, version: ("SET", key, version), lambda key: ("GET", key)),
    _Kind(lambda key, version: ("HSET", key, FIELD, version), lambda key: ("HGET", key, FIELD)),
    _Kind(lambda key, version: ("ZADD", key, version, FIELD), lambda key: ("ZSCORE", key, FIELD)),
    _Kind(lambda key, version: ("SET", key, version, "EX", EXPIRY_S), lambda key: ("GET", key)),
)


class Key:
    """What is known of one key. Guarded by the ledger's lock."""

    def __init__(self, name, kind):
        self.name = name
        self.kind = kind
        self.attempted = 0
        self.acknowledged = 0
        self.late = set()

    def allows(self, version, floor):
        return floor <= version <= self.attempted or version in self.late


class Ledger:
    """The keys and what was acknowledged of them. Shared by the writer, the reader and whoever checks at the end."""

    def __init__(self, key_count, prefix="load"):
        self.keys = [Key(b"%s:%d" % (prefix.encode(), n), _KINDS[n % len(_KINDS)]) for n in range(key_count)]
        self.lock = threading.Lock()
        self.acknowledged_writes = 0
        self.checked_reads = 0
        self.violations = []

    @property
    def key_names(self):
        return [key.name for key in self.keys]

    def write(self, client, key):
        """One write of the next version. Refused and Unknown are noted and raised again."""
        with self.lock:
            key.attempted += 1
            version = key.attempted
        try:
            client.execute(key.name, *key.kind.write(key.name, version))
        except Unknown as error:
            if error.late:
                with self.lock:
                    key.late.add(version)
            raise
        with self.lock:
            key.acknowledged = max(key.acknowledged, version)
            self.acknowledged_writes += 1

    def read(self, client, key):
        """One read, held against what was acknowledged before it began. False (and noted) when that is not there."""
        with self.lock:
            floor = key.acknowledged
        reply = client.execute(key.name, *key.kind.read(key.name))
        version = int(reply or 0)
        with self.lock:
            self.checked_reads += 1
            good = key.allows(version, floor)
            if not good:
                self.violations.append(
                    f"{key.name.decode()} shows version {version}; {floor} was acknowledged, {key.attempted} attempted")
        return good

    def fill(self, client):
        """Writes every key once; any failure is raised."""
        for key in self.keys:
            self.write(client, key)

    def verify(self, client):
        """Reads every key; any failure to read is raised. Returns all violations so far, those of the reader included."""
        for key in self.keys:
            self.read(client, key)
        return list(self.violations)


class BackgroundLoad:
    """A writer thread and a reader thread over one ledger. Use as a context manager; leaving it stops both."""

    def __init__(self, ledger, seeds, pace_s=PACE_S, seed=1):
        self.ledger = ledger
        self._seeds = list(seeds)
        self._pace_s = pace_s
        self._stop = threading.Event()
        self._broken = []
        self.refusals = {}
        self._busy = [threading.Lock(), threading.Lock()]  # held by the writer and by the reader during an operation
        self._threads = [
            threading.Thread(target=self._run, args=(operation, busy, random.Random(seed)), name=name, daemon=True)
            for name, operation, busy in (("writer", ledger.write, self._busy[0]), ("reader", ledger.read, self._busy[1]))]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """Stops both threads. Raises what broke one of them, if anything did."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._broken:
            raise self._broken[0]

    @contextlib.contextmanager
    def paused(self):
        """No operation is under way inside the block."""
        with self._busy[0], self._busy[1]:
            yield

    def mark(self):
        """A condition that becomes true when, from now on, some writes were acknowledged and some reads checked."""
        writes, reads = self.ledger.acknowledged_writes, self.ledger.checked_reads
        return lambda: (self.ledger.acknowledged_writes > writes + 20 and self.ledger.checked_reads > reads + 20)

    def _run(self, operation, busy, dice):
        try:
            with ClusterClient(self._seeds) as client:
                while not self._stop.wait(self._pace_s):
                    with busy:
                        self._step(operation, client, dice.choice(self.ledger.keys))
        except Exception as error:  # a defect of the load itself must not pass for a quiet run
            self._broken.append(error)

    def _step(self, operation, client, key):
        try:
            operation(client, key)
        except (Refused, Unknown) as error:
            reason = str(error).split(": ", 1)[-1]
            with self.ledger.lock:
                self.refusals[reason] = self.refusals.get(reason, 0) + 1
