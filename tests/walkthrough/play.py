"""A cluster as the walkthrough plays it: its nodes by number, its questions, and the load that runs beside it."""

from lib.cluster_client import ClusterClient
from lib.cluster_text import key_slot, parse_info, parse_nodes
from lib.load import BackgroundLoad, Ledger
from lib.resp import Connection, ErrorReply
from lib.waiting import LookFailed, wait_until
from walkthrough import transcript
from walkthrough.transcript import Names

KEY_COUNT = 2000
SETTLE_DEADLINE_S = 120


class Play:
    """State of one run. `port(n)` is the port of node n (1 to 8) in the walkthrough's numbering.

    Node 4, 5 and 6 are numbered by the part they play after `create` (5 replicates 1, 6 replicates 2, 4 replicates 3),
    which `learn_roles` finds out.
    """

    def __init__(self, host, base_port, node_timeout_ms):
        self.host = host
        self.cli = host.cli
        self.base_port = base_port
        # Time for a failure to be seen and voted on, with room for a slow machine.
        self.failover_deadline_s = 60 + 6 * node_timeout_ms / 1000
        self.names = Names(host.host, base_port)
        self.ledger = Ledger(KEY_COUNT)
        self.load = None
        self.failed_step = None
        self._ports = {n: base_port + n - 1 for n in range(1, 9)}

    # -- nodes --------------------------------------------------------------------------------------------------

    def port(self, n):
        return self._ports[n]

    def address(self, n):
        return f"{self.host.host}:{self.port(n)}"

    def seed_id(self, n):
        """The live id of node n."""
        return next(node_id for node_id, port in self.names.ids.items() if port == self.port(n))

    def learn_ids(self, *numbers):
        for n in numbers:
            self.names.ids[self.call(n, "CLUSTER", "MYID").decode()] = self.port(n)

    def learn_roles(self):
        """Numbers the replicas by the primary that `create` gave them."""
        nodes = parse_nodes(self.call(1, "CLUSTER", "NODES").decode())
        for n, primary in ((5, 1), (6, 2), (4, 3)):
            self._ports[n] = next(
                line.port for line in nodes.values() if line.primary_id == nodes[self.port(primary)].id)
            self.names.roles[self._ports[n]] = self.base_port + n - 1

    def running(self):
        return [n for n in self._ports if self.host.is_running(self.port(n))]

    def call(self, n, *words):
        with Connection(self.host.host, self.port(n), timeout_s=30) as connection:
            return connection.call(*words)

    # -- what the walkthrough waits for ------------------------------------------------------------------------

    def translated_nodes(self, n):
        return sorted(self.names.translate(self.call(n, "CLUSTER", "NODES").decode()).splitlines())

    def wait_nodes(self, n, expected_name, deadline_s):
        """Waits until CLUSTER NODES on node n is what the walkthrough shows."""
        want = sorted(transcript.expected(expected_name).splitlines())

        def look():
            got = self.translated_nodes(n)
            if got != want:
                raise LookFailed("\n" + "\n".join(got))
            return True
        wait_until(look, deadline_s, f"CLUSTER NODES on node {n} to be that of {expected_name}", pause_s=0.2)

    def wait_settled(self, members, stopped=(), deadline_s=SETTLE_DEADLINE_S):
        """Waits until all `members` agree, are ok, know each other and the `stopped` ones and nobody else, and replicas
        are in step."""
        wait_until(lambda: self._look_agreed(members, stopped), deadline_s, f"nodes {members} to agree", pause_s=0.2)
        wait_until(lambda: self._look_in_step(members), deadline_s, f"the replicas of {members} to be in step")

    def _look_agreed(self, members, stopped):
        views = {}
        for n in members:
            state = parse_info(self.call(n, "CLUSTER", "INFO").decode())["cluster_state"]
            lines = parse_nodes(self.call(n, "CLUSTER", "NODES").decode()).values()
            if state != "ok" or {line.port for line in lines} != {self.port(m) for m in (*members, *stopped)}:
                raise LookFailed(f"node {n} is {state} and knows {sorted(line.port for line in lines)}")
            views[n] = sorted((line.id, line.is_primary, line.failed, line.primary_id, line.slots, line.open_slots)
                              for line in lines)
        if any(view != views[members[0]] for view in views.values()):
            raise LookFailed(f"the views differ: {views}")
        return True

    def _look_in_step(self, members):
        for n in members:
            info = parse_info(self.call(n, "INFO", "replication").decode())
            if info["role"] == "slave" and info["master_link_status"] != "up":
                raise LookFailed(f"the link of replica {n} is {info['master_link_status']}")
        return True

    # -- the client ---------------------------------------------------------------------------------------------

    def cluster_command(self, *arguments):
        """`--cluster ...` run to its end; the translated output. The exit status must be 0."""
        done = self.cli.run("--cluster", *arguments)
        assert done.status == 0, f"status {done.status}:\n{done.output}{done.errors}"
        return self.names.translate(done.output)

    def shell(self, n, *options):
        """The client's prompt on node n."""
        return self.cli.terminal(*self._host_option(), *options, "-p", self.port(n))

    def _host_option(self):
        return [] if self.host.host == "127.0.0.1" else ["-h", self.host.host]

    def expected_counts(self):
        """How many keys each primary holds, by port, from the slots it owns: the load's keys and k1."""
        counts = {}
        for line in parse_nodes(self.call(2, "CLUSTER", "NODES").decode()).values():
            if line.is_primary and not line.failed:
                counts[line.port] = sum(
                    any(first <= key_slot(name) <= last for first, last in line.slots) for name in self.all_keys())
        return counts

    def all_keys(self):
        return [*self.ledger.key_names, b"k1"]

    # -- the load -----------------------------------------------------------------------------------------------

    def seeds(self):
        return [(self.host.host, self.port(n)) for n in range(1, 7)]

    def start_load(self):
        with ClusterClient(self.seeds()) as client:
            self.ledger.fill(client)
        self.load = BackgroundLoad(self.ledger, self.seeds())
        self.load.__enter__()

    def check_load(self):
        """The load goes on after what just happened, and nothing acknowledged was missed so far."""
        wait_until(self.load.mark(), SETTLE_DEADLINE_S, f"the load to go on; refused so far: {self.load.refusals}")
        assert not self.ledger.violations, self.ledger.violations[:10]

    def verify_primaries(self):
        """Every key, asked of whoever owns it now."""
        seeds = [seed for n, seed in enumerate(self.seeds(), 1) if self.host.is_running(self.port(n))]
        with ClusterClient(seeds) as client:
            assert self.ledger.verify(client) == []
            assert client.execute(b"k1", "GET", "k1") == b"v1"

    def verify_replicas(self, numbers):
        """Every replica holds exactly what its primary holds: as many keys and the same values. The load pauses."""
        with self.load.paused():
            for n in numbers:
                self._verify_replica(n)

    def _verify_replica(self, n):
        primary_port = int(parse_info(self.call(n, "INFO", "replication").decode())["master_port"])
        wait_until(lambda: self._offset(n) == self._primary_offset(primary_port), SETTLE_DEADLINE_S,
                   f"replica {n} to have all of its primary's writes")
        replica = self._contents(self.port(n), ("READONLY",))
        assert replica == self._contents(primary_port), f"replica {n} differs from {primary_port}"

    def _offset(self, n):
        return int(parse_info(self.call(n, "INFO", "replication").decode())["slave_repl_offset"])

    def _primary_offset(self, port):
        with Connection(self.host.host, port) as connection:
            return int(parse_info(connection.call("INFO", "replication").decode())["master_repl_offset"])

    def _contents(self, port, first_command=("PING",)):
        """The value of each key the node answers for, by asking for all of them in one pipeline."""
        commands = [key.kind.read(key.name) for key in self.ledger.keys] + [("GET", "k1"), ("DBSIZE",)]
        with Connection(self.host.host, port, timeout_s=60) as connection:
            connection.send(first_command, *commands)
            connection.read()
            replies = [connection.read() for _ in commands]
        values = [None if isinstance(reply, ErrorReply) else reply for reply in replies]
        held = sum(value is not None for value in values[:-1])
        assert held == values[-1], f"{port} answers for {held} keys and has {values[-1]}"
        return values

    def close(self):
        if self.load:
            self.load.stop()
        self.host.close()
