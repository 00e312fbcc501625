"""One plain RESP2 connection: what was sent, what came back, nothing retried, nothing converted."""

import socket


class ErrorReply(Exception):
    """An error reply; `code` is its first word."""

    @property
    def code(self):
        return str(self).split(" ", 1)[0]


class Connection:
    """Blocking. Raises OSError (TimeoutError included) when the link fails and ConnectionError when it is closed."""

    def __init__(self, host, port, timeout_s=5):
        self._socket = socket.create_connection((host, port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self._file.close()
        self._socket.close()

    def send(self, *commands):
        """Sends commands, each a sequence of words (bytes, str or numbers), in one write."""
        self._socket.sendall(b"".join(map(pack, commands)))

    def read(self):
        """The next reply: bytes, int, list, None, or an ErrorReply as a value."""
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed by the server")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return ErrorReply(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._bulk(int(rest))
        if kind == b"*":
            return None if int(rest) < 0 else [self.read() for _ in range(int(rest))]
        raise ValueError(f"not RESP2: {line!r}")

    def call(self, *words):
        """One command, one reply; an error reply is raised."""
        reply = self.ask(*words)
        if isinstance(reply, ErrorReply):
            raise reply
        return reply

    def ask(self, *words):
        """One command, one reply; an error reply is a value."""
        self.send(words)
        return self.read()

    def _bulk(self, length):
        if length < 0:
            return None
        data = self._file.read(length + 2)
        if len(data) < length + 2:
            raise ConnectionError("closed by the server inside a reply")
        return data[:-2]


def pack(words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
