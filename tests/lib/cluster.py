"""A cluster of server processes on 127.0.0.1, made with the command-line client, and questions to it."""

import os

from lib.cli import Cli
from lib.cluster_text import parse_info, parse_nodes
from lib.server import Server
from lib.waiting import LookFailed, wait_until

SETTLE_DEADLINE_S = 120


def running(servers):
    return [server for server in servers if server.alive]


def cluster_view(server):
    """What one node says: id, role, primary, slots of every node it knows."""
    return {line.port: (line.id, line.is_primary, line.failed, line.primary_id, line.slots, line.open_slots)
            for line in parse_nodes(server.call("CLUSTER", "NODES")).values()}


def look_settled(servers):
    """A condition: every running node says `ok` and all of them say the same of all nodes they know."""
    servers = running(servers)
    views = []
    for server in servers:
        state = parse_info(server.call("CLUSTER", "INFO"))["cluster_state"]
        if state != "ok":
            raise LookFailed(f"{server} says cluster_state:{state}")
        views.append(cluster_view(server))
    if any(view != views[0] for view in views):
        raise LookFailed("the nodes do not agree:\n" + "\n".join(map(str, views)))
    return views[0]


def look_replicas_synced(servers):
    """A condition: every running replica has its link up and has all that its primary has written."""
    for server in running(servers):
        replication = server.info("replication")
        if replication["role"] != "slave":
            continue
        if replication["master_link_status"] != "up" or replication["master_sync_in_progress"] != "0":
            raise LookFailed(f"the link of {server} is {replication['master_link_status']}")
    return True


class Cluster:
    """`count` servers on consecutive ports with their data below `directory`; `cluster_options` go to each."""

    def __init__(self, server_binary, cli_binary, first_port, count, directory, options=()):
        self.cli = Cli([os.path.abspath(cli_binary)])
        self.servers = [
            Server(server_binary, port, os.path.join(directory, str(port)), ["--cluster-enabled", "yes", *options])
            for port in range(first_port, first_port + count)]

    @property
    def seeds(self):
        return [(server.host, server.port) for server in self.servers]

    def start(self):
        for server in self.servers:
            server.start(wait=False)
        for server in self.servers:
            server.wait_ready()

    def create(self, replicas=1):
        """`--cluster create` over all nodes; returns when every node agrees and every replica is in step."""
        addresses = [f"{server.host}:{server.port}" for server in self.servers]
        done = self.cli.run("--cluster", "create", *addresses, "--cluster-replicas", replicas, "--cluster-yes")
        assert done.status == 0, f"create failed:\n{done.output}{done.errors}"
        self.wait_settled()

    def wait_settled(self, deadline_s=SETTLE_DEADLINE_S):
        wait_until(lambda: look_settled(self.servers), deadline_s, "all nodes to agree on a cluster that is ok")
        wait_until(lambda: look_replicas_synced(self.servers), deadline_s, "all replicas to be in step")

    def by_port(self, port):
        return next(server for server in self.servers if server.port == port)

    def nodes(self):
        """CLUSTER NODES by port, as the first running node tells it."""
        return parse_nodes(running(self.servers)[0].call("CLUSTER", "NODES"))

    def primaries(self):
        return [self.by_port(line.port) for line in self.nodes().values() if line.is_primary and line.slots]

    def replicas_of(self, server):
        nodes = self.nodes()
        wanted = nodes[server.port].id
        return [self.by_port(line.port) for line in nodes.values() if line.primary_id == wanted]

    def kill(self):
        for server in running(self.servers):
            server.kill()
