"""redis-benchmark with all its tests: against one node, and as a cluster client.

It ends with 0 and has nothing to say but a rate for each of its tests.
"""

import re
import subprocess

import pytest

from lib.programs import existing

REQUESTS = 10000
DEADLINE_S = 300

TESTS = [
    "PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP", "ZADD",
    "ZPOPMIN", "LPUSH (needed to benchmark LRANGE)", "LRANGE_100 (first 100 elements)", "LRANGE_300 (first 300 elements)",
    "LRANGE_500 (first 500 elements)", "LRANGE_600 (first 600 elements)", "MSET (10 keys)",
]


def final_lines(output):
    """What stands on the screen at the end: a line that is written over again counts with its last content."""
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1].strip() for line in output.split("\n"))
    return [line for line in lines if line]


def run_benchmark(port, *options):
    """The names of the tests and their rates, in the order printed, and the other lines."""
    done = subprocess.run([existing("redis-benchmark"), "-p", str(port), "-q", "-n", str(REQUESTS), *options],
                          capture_output=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 0 and done.stderr == b"", done.stdout + done.stderr
    rates, others = [], []
    for line in final_lines(done.stdout.decode()):
        match = re.fullmatch(r"(.+): (\d+\.\d+) requests per second, p50=\d+\.\d+ msec", line)
        if match:
            rates.append((match[1], float(match[2])))
        else:
            others.append(line)
    return rates, others


def check_rates(rates):
    assert [name for name, _ in rates] == TESTS
    assert all(rate > 0 for _, rate in rates), rates


def test_one_node(server):
    rates, others = run_benchmark(server.port)
    assert others == []
    check_rates(rates)
    assert server.call("EXISTS", "counter:__rand_int__", "mylist") == 2


@pytest.mark.parametrize("threads", [(), ("--threads", "2")], ids=["one thread", "two threads"])
def test_cluster(cluster, threads):
    rates, others = run_benchmark(cluster.servers[0].port, "--cluster", *threads)
    named = [line for line in others if re.fullmatch(r"Cluster has 3 master nodes:|Master \d: [0-9a-f]{40} 127\.0\.0\.1:\d+", line)]
    assert others == named and len(named) == 4
    check_rates(rates)
    assert sum(primary.call("DBSIZE") for primary in cluster.primaries()) > 0


@pytest.mark.fast
def test_what_was_written_over_does_not_count():
    assert final_lines("SET: rps=1.0\rSET: rps=2.0\r     \rSET: 3.00 requests\n\n \n") == ["SET: 3.00 requests"]
