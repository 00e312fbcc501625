"""Comparing what the client printed with the walkthrough, word for word.

Expected outputs are files in expected/: the walkthrough's own text with ids written as <6381> (the node's port in the
walkthrough), the host as HOST, times as <ms>, key counts as <n> and the mean as <x>. Node order follows gossip and is
free inside a run of nodes; everything else stands in its order. A line that starts with "? " may be absent (clients
from 7.0 on print it, the walkthrough's 6.0 does not). Blank lines and progress dots do not count.
"""

import difflib
import os
import re

EXPECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected")

_NODE = re.compile(r"^(\s*)[MS]: ")
_SUMMARY = re.compile(r"^\S+ \(\S+\.\.\.\) -> ")
_NODES_LINE = re.compile(r"^<\w+> \S+@\d+ ")
_PLAN = re.compile(r"^\s*Moving slot (\d+) from (<\w+>)$")


class Names:
    """Turns ids, addresses, times and counts of a live cluster into the walkthrough's words.

    `host` and `base_port` say where the cluster is (the first node listens on base_port); `ids` maps a node id to its
    port; `roles` maps a port to the port of the walkthrough whose part the node plays (`create` deals the replicas
    out by chance).
    """

    SEED_BASE = 6381

    def __init__(self, host, base_port):
        self.host = host
        self.base_port = base_port
        self.ids = {}
        self.roles = {}

    def seed_port(self, port):
        return self.roles.get(port, port) - self.base_port + self.SEED_BASE

    def node(self, node_id):
        return f"<{self.seed_port(self.ids[node_id])}>" if node_id in self.ids else f"<unknown {node_id}>"

    def translate(self, text):
        text = re.sub(r"\b[0-9a-f]{40}\b", lambda match: self.node(match.group()), text)
        text = re.sub(r"\(([0-9a-f]{8})\.\.\.\)", lambda match: f"({self._short(match.group(1))}...)", text)
        text = re.sub(re.escape(self.host) + r":(\d+)(@(\d+))?", self._address, text)
        text = re.sub(r"(-|>) \d+ \d+ (\d+ (?:dis)?connected)", r"\1 <ms> <ms> \2", text)
        text = re.sub(r"-> \d+ keys", "-> <n> keys", text)
        text = re.sub(r"^\[OK\] \d+ keys in", "[OK] <n> keys in", text, flags=re.M)
        return re.sub(r"^\d+\.\d\d keys per", "<x> keys per", text, flags=re.M)

    def _short(self, start):
        return next((self.node(node_id) for node_id in self.ids if node_id.startswith(start)), f"<unknown {start}>")

    def _address(self, match):
        port = int(match.group(1))
        text = f"HOST:{self.seed_port(port)}"
        if match.group(3):
            text += f"@{int(match.group(3)) - port + self.seed_port(port)}"
        return text


def expected(name):
    with open(os.path.join(EXPECTED, name), encoding="utf-8") as file:
        return file.read()


def planned_slots(text):
    """The `Moving slot` lines of a reshard plan: the slots by source."""
    slots = {}
    for line in text.splitlines():
        match = _PLAN.match(line)
        if match:
            slots.setdefault(match.group(2), []).append(int(match.group(1)))
    return slots


def same(actual, *names):
    """Asserts that a translated output is what one of the expected files says; the plan's slots are left out."""
    got = _canonical([line for line in actual.splitlines() if not _PLAN.match(line)])
    differences = []
    for name in names:
        want = _choose_optional(_canonical(expected(name).splitlines()), got)
        if want == got:
            return
        differences += difflib.unified_diff(want, got, f"expected/{name}", "what was printed", lineterm="")
    raise AssertionError("\n".join(differences))


def _choose_optional(want, got):
    """Optional lines become plain ones when they were printed and vanish when they were not."""
    chosen = []
    for line in want:
        if not line.startswith("? "):
            chosen.append(line)
        elif line[2:] in got:
            chosen.append(line[2:])
    return chosen


def _canonical(lines):
    """The lines without blanks and dots; runs of nodes sorted, their first kept first where the client promises it."""
    lines = [line.rstrip() for line in lines if line.strip(" .")]
    result, at = [], 0
    while at < len(lines):
        run, end = _node_run(lines, at)
        if not run:
            result.append(lines[at])
            at += 1
            continue
        keep_first = _SUMMARY.match(lines[at]) or (at > 0 and lines[at - 1].startswith(">>> Performing Cluster Check"))
        ordered = run[:1] + sorted(run[1:]) if keep_first else sorted(run)
        result += [line for node in ordered for line in node]
        at = end
    return result


def _node_run(lines, at):
    """The nodes that follow each other from `at` on, each a list of its lines, and where the run ends."""
    run = []
    while at < len(lines):
        if _SUMMARY.match(lines[at]) or _NODES_LINE.match(lines[at]):
            run.append([lines[at]])
            at += 1
            continue
        head = _NODE.match(lines[at])
        if not head:
            break
        end = at + 1
        while end < len(lines) and lines[end].startswith(head.group(1) + "   "):
            end += 1
        run.append(lines[at:end])
        at = end
    return run, at
