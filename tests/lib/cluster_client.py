"""A small cluster client for the tests: it follows MOVED and ASK and says exactly what became of a command.

A client library retries on its own and hides whether an unanswered write may have been applied; here that is the point.
"""

from lib.cluster_text import key_slot
from lib.resp import Connection, ErrorReply

REDIRECTIONS = 16
TIMEOUT_S = 5


class Refused(Exception):
    """The command was not carried out: an error reply, or no connection to send it on."""


class Unknown(Exception):
    """The command was sent and not answered. `late` is true when it may still be carried out after this moment."""

    def __init__(self, text, late):
        super().__init__(text)
        self.late = late


class ClusterClient:
    """Not for use by two threads. `seeds` are (host, port) to ask when the owner of a slot is not known or is gone."""

    def __init__(self, seeds, timeout_s=TIMEOUT_S):
        self._seeds = list(seeds)
        self._timeout_s = timeout_s
        self._owners = {}
        self._connections = {}
        self._turn = 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for connection in self._connections.values():
            connection.close()

    def execute(self, key, *words):
        """One command on the key's slot. Raises Refused or Unknown; a reply comes back as bytes, int, list or None."""
        slot = key_slot(key)
        address, asking, reply = self._owner(slot), False, None
        for _ in range(REDIRECTIONS):
            try:
                reply = self._send(address, asking, words)
            except (Refused, Unknown):
                self._owners.pop(slot, None)
                raise
            if not isinstance(reply, ErrorReply):
                return reply
            if reply.code not in ("MOVED", "ASK"):
                raise Refused(f"{address}: {reply}")
            host, port = str(reply).split(" ")[2].rsplit(":", 1)
            address, asking = (host, int(port)), reply.code == "ASK"
            if not asking:
                self._owners[slot] = address
        raise Refused(f"slot {slot}: {REDIRECTIONS} redirections, the last one {reply}")

    def _owner(self, slot):
        if slot in self._owners:
            return self._owners[slot]
        self._turn += 1
        return self._seeds[self._turn % len(self._seeds)]

    def _send(self, address, asking, words):
        connection = self._connection(address)
        try:
            if asking:
                connection.send(("ASKING",), words)
                connection.read()
            else:
                connection.send(words)
            return connection.read()
        except TimeoutError as error:
            self._drop(address)
            raise Unknown(f"{address}: {error}", late=True) from error
        except OSError as error:
            self._drop(address)
            raise Unknown(f"{address}: {error}", late=False) from error

    def _connection(self, address):
        if address not in self._connections:
            try:
                self._connections[address] = Connection(*address, self._timeout_s)
            except OSError as error:
                raise Refused(f"{address}: {error}") from error
        return self._connections[address]

    def _drop(self, address):
        self._connections.pop(address).close()
