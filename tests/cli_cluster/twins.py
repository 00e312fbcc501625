"""Two clusters that are alike, one for the client under test and one for the peer's, and their outputs made comparable."""

import concurrent.futures
import os
import re
import signal
import subprocess

from lib.cli import ANSI, Ended
from lib.cluster_text import key_slot, parse_info, parse_nodes
from lib.ports import free_ports
from lib.resp import Connection
from lib.server import Server
from lib.waiting import LookFailed, wait_until

DEADLINE_S = 60
NODE = re.compile(r"^(\s*)[MS]: ")
# A line that stands for one node: "<node 1> <short 1> -> 5 keys ...", "<node 1>: PONG", "[WARNING] Node <node 1> ...".
SUMMARY = re.compile(r"^<node \d+>(: | <short \d+> -> )|^\[WARNING\] Node <node \d+> has slots ")
LIST_OF_NODES = re.compile(r"<node \d+>(?:,<node \d+>)+")


class Nodes:
    """Cluster servers on consecutive ports, node i on `hosts[i]` and with the options `each(i)` besides; all are gone
    after `kill`."""

    def __init__(self, binary, directory, count, options=(), hosts=None, each=lambda at: ()):
        self.hosts = hosts or ["127.0.0.1"] * count
        first = free_ports(count)
        self.servers = [
            Server(binary, first + at, os.path.join(str(directory), str(first + at)),
                   ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--save", "", *options, *each(at)],
                   self.hosts[at])
            for at in range(count)]
        for server in self.servers:
            server.start(wait=False)
        for server in self.servers:
            server.wait_ready()

    def __getitem__(self, at):
        return self.servers[at]

    def __len__(self):
        return len(self.servers)

    def address(self, at):
        return f"{self[at].host}:{self[at].port}"

    def addresses(self, count=None):
        return [self.address(at) for at in range(count or len(self))]

    def id(self, at):
        return self[at].call("CLUSTER", "MYID")

    def lines(self, at=0):
        """CLUSTER NODES of one node, by position."""
        by_port = parse_nodes(self[at].call("CLUSTER", "NODES"))
        return {other: by_port[server.port] for other, server in enumerate(self.servers) if server.port in by_port}

    def slots(self, at):
        """How many slots node `at` says it owns."""
        return self.lines(at)[at].slot_count

    def owner(self, slot):
        """The position of the node that owns the slot, as each node says of itself; None when nobody does."""
        for at in range(len(self)):
            if any(first <= slot <= last for first, last in self.lines(at)[at].slots):
                return at
        return None

    def fill(self, names, value="value"):
        """Sets the keys, each on the node that owns its slot."""
        owned = [self.lines(at)[at].slots for at in range(len(self))]
        by_node = {}
        for name in names:
            slot = key_slot(name.encode())
            at = next(at for at, ranges in enumerate(owned) if any(first <= slot <= last for first, last in ranges))
            by_node.setdefault(at, []).append(("SET", name, value))
        for at, commands in by_node.items():
            with Connection(self[at].host, self[at].port, timeout_s=30) as connection:
                connection.send(*commands)
                for command in commands:
                    assert connection.read() == b"OK", command

    def key_counts(self):
        """DBSIZE of each node that runs."""
        return [server.call("DBSIZE") if server.alive else None for server in self.servers]

    def wait_agreed(self, members):
        """Waits until the members, by position, see the same cluster, are ok, and know nobody as failed."""
        def look():
            views = []
            for at in members:
                state = parse_info(self[at].call("CLUSTER", "INFO"))["cluster_state"]
                lines = parse_nodes(self[at].call("CLUSTER", "NODES")).values()
                if state != "ok":
                    raise LookFailed(f"node {at} says cluster_state:{state}")
                views.append({line.id: (line.is_primary, line.primary_id, line.slots, line.flags - {"myself"})
                              for line in lines})
            if any(view != views[0] for view in views) or set(views[0]) != {self.id(at) for at in members}:
                raise LookFailed("\n".join(map(str, views)))
            return True
        wait_until(look, DEADLINE_S, "the nodes to agree")

    def normal(self, text):
        """The text with ids and addresses replaced by positions, and without what differs between two runs."""
        for at, server in enumerate(self.servers):
            if not server.alive:
                continue
            node_id = self.id(at)
            text = text.replace(node_id, f"<id {at}>").replace(f"({node_id[:8]}...)", f"<short {at}>")
            text = re.sub(rf"\b{re.escape(server.host)}:{server.port}\b", f"<node {at}>", text)
        return text

    def kill(self):
        for server in self.servers:
            if server.alive:
                server.kill()


def canonical(text):
    """The lines of an output; nodes that follow each other sorted, because gossip orders them; dots left out."""
    text = LIST_OF_NODES.sub(lambda nodes: ",".join(sorted(nodes.group().split(","))), text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip(" .")]
    result, at = [], 0
    while at < len(lines):
        run, end = node_run(lines, at)
        if run:
            result += [line for node in sorted(run) for line in node]
            at = end
        else:
            result.append(lines[at])
            at += 1
    return result


def node_run(lines, at):
    run = []
    while at < len(lines):
        head = NODE.match(lines[at])
        if not head and not SUMMARY.match(lines[at]):
            break
        end = at + 1
        while head and end < len(lines) and lines[end].startswith(head.group(1) + "   "):
            end += 1
        run.append(lines[at:end])
        at = end
    return run, at


def at_once(action, *lists):
    """map() with a thread for each call; the results in order."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(action, *lists))


class Twins:
    """`ours` plays on the first cluster, `theirs` on the second; what is done to one is done to the other."""

    def __init__(self, ours, theirs, first, second):
        self.clis = (ours, theirs)
        self.clusters = (first, second)

    def each(self, action):
        """Calls `action(cluster)` for both; the results."""
        return [action(cluster) for cluster in self.clusters]

    def run(self, words, text=None):
        """Runs `--cluster words(cluster)` on both and holds the results against each other: status, stdout and stderr.

        Returns ours, with ids and addresses as positions.
        """
        ended = at_once(lambda cli, cluster: cli.run("--cluster", *words(cluster), text=text), self.clis, self.clusters)
        ours, theirs = (
            Ended(one.status, cluster.normal(one.output), cluster.normal(one.errors))
            for one, cluster in zip(ended, self.clusters))
        assert canonical(ours.output) == canonical(theirs.output)
        assert ours.errors == theirs.errors
        assert ours.status == theirs.status, ours.output + ours.errors
        return ours

    def wait_agreed(self, members):
        self.each(lambda cluster: cluster.wait_agreed(members))


def run_raw(binary, *words, text=None, term="dumb", more=None):
    """One run with the bytes as they came; `term` decides about colours, `more` is added to the environment."""
    environment = {**os.environ, "TERM": term}
    environment.pop("REDISCLI_CLUSTER_YES", None)
    environment.update(more or {})
    done = subprocess.run([binary, *map(str, words)], input=text, stdin=None if text is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=DEADLINE_S, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


class Running:
    """A client in the background whose output is collected in a file, so that a signal can be sent at the right time."""

    def __init__(self, binary, output_path, *words):
        self.path = output_path
        with open(output_path, "wb") as output:
            self.process = subprocess.Popen([binary, *map(str, words)], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, env={**os.environ, "TERM": "dumb"})

    def output(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return ANSI.sub("", file.read())

    def wait_output(self, pattern):
        def look():
            if re.search(pattern, self.output()):
                return True
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output()[-2000:]}"
            return False
        wait_until(look, DEADLINE_S, f"{pattern!r} in the output", pause_s=0.001)

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(DEADLINE_S)
