"""What a node says of its cluster (CLUSTER NODES, CLUSTER INFO) as values, and the slot of a key."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class NodeLine:
    """One line of CLUSTER NODES. `slots` is the list of ranges as (first, last); open slots are in `open_slots`."""
    id: str
    host: str
    port: int
    bus_port: int
    flags: frozenset
    primary_id: str
    epoch: int
    link: str
    slots: tuple
    open_slots: tuple

    @property
    def is_primary(self):
        return "master" in self.flags

    @property
    def is_replica(self):
        return "slave" in self.flags

    @property
    def failed(self):
        return "fail" in self.flags

    @property
    def slot_count(self):
        return sum(last - first + 1 for first, last in self.slots)


def parse_nodes(text):
    """The lines of CLUSTER NODES, by port."""
    return {line.port: line for line in map(_parse_node, text.splitlines())}


def _parse_node(text):
    fields = text.split()
    address = fields[1].split(",")[0]
    client, bus_port = address.rsplit("@", 1)
    host, port = client.rsplit(":", 1)
    ranges = [word for word in fields[8:] if not word.startswith("[")]
    return NodeLine(
        id=fields[0], host=host, port=int(port), bus_port=int(bus_port), flags=frozenset(fields[2].split(",")),
        primary_id=fields[3], epoch=int(fields[6]), link=fields[7], slots=tuple(map(_parse_range, ranges)),
        open_slots=tuple(word for word in fields[8:] if word.startswith("[")))


def _parse_range(word):
    first, _, last = word.partition("-")
    return int(first), int(last or first)


def parse_info(text):
    """`name:value` lines as a dict."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def key_slot(key):
    """The slot of a key (bytes): CRC16 of the key or of its hash tag."""
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1:end]
    return _crc16(key) % 16384


def _crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else (crc << 1) & 0xFFFF
    return crc
