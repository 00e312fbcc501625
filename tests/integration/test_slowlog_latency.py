"""SLOWLOG, LATENCY and MEMORY on a real server."""

import pytest
import redis

from lib.waiting import wait_until

DEADLINE_S = 20


@pytest.fixture
def client(server):
    one = server.client()
    one.response_callbacks.clear()
    return one


def slow_args(client):
    return [entry[3] for entry in client.execute_command("SLOWLOG", "GET", "-1")]


def pairs(flat):
    return dict(zip(flat[0::2], flat[1::2]))


# --- SLOWLOG ---


def test_slowlog_tells_who_and_what(client):
    client.execute_command("CLIENT", "SETNAME", "me")
    client.execute_command("CONFIG", "SET", "slowlog-log-slower-than", "0")
    client.execute_command("SLOWLOG", "RESET")
    client.execute_command("SeT", "k", "x" * 200)
    entry = client.execute_command("SLOWLOG", "GET", "1")[0]
    assert len(entry) == 6
    assert entry[3] == ["SeT", "k", "x" * 128 + "... (72 more bytes)"]
    assert entry[2] >= 0 and entry[4].startswith("127.0.0.1:") and entry[5] == "me"


def test_slowlog_is_off_with_minus_one_and_bounded(client):
    client.execute_command("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3")
    for _ in range(10):
        client.execute_command("PING")
    assert client.execute_command("SLOWLOG", "LEN") == 3
    client.execute_command("CONFIG", "SET", "slowlog-log-slower-than", "-1")
    client.execute_command("SLOWLOG", "RESET")
    client.execute_command("PING")
    assert client.execute_command("SLOWLOG", "LEN") == 0


def test_slowlog_of_a_transaction_has_its_commands(client):
    client.execute_command("CONFIG", "SET", "slowlog-log-slower-than", "0")
    client.execute_command("SLOWLOG", "RESET")
    client.execute_command("MULTI")
    client.execute_command("SET", "a", "1")
    client.execute_command("GET", "a")
    client.execute_command("EXEC")
    assert slow_args(client) == [["GET", "a"], ["SET", "a", "1"], ["MULTI"], ["SLOWLOG", "RESET"]]


def test_slowlog_hides_passwords(client):
    client.execute_command("CONFIG", "SET", "slowlog-log-slower-than", "0")
    client.execute_command("SLOWLOG", "RESET")
    client.execute_command("CONFIG", "SET", "masterauth", "secret", "timeout", "0")
    client.execute_command("MIGRATE", "127.0.0.1", "1", "none", "0", "10", "AUTH2", "joe", "secret")
    for words in (["HELLO", "2", "AUTH", "joe", "secret", "SETNAME", "me"], ["AUTH", "secret"]):
        with pytest.raises(redis.RedisError):
            client.execute_command(*words)
    logged = slow_args(client)
    assert logged[0] == ["AUTH", "(redacted)"]
    assert logged[1] == ["HELLO", "2", "AUTH", "(redacted)", "(redacted)", "SETNAME", "me"]
    assert logged[2][6:] == ["AUTH2", "(redacted)", "(redacted)"]
    assert logged[3] == ["CONFIG", "SET", "masterauth", "(redacted)", "timeout", "0"]


def test_slowlog_words_that_do_not_fit(client):
    for count in ("-2", "x"):
        with pytest.raises(redis.ResponseError, match="count should be greater than or equal to -1"):
            client.execute_command("SLOWLOG", "GET", count)
    assert client.execute_command("SLOWLOG", "HELP")[0].startswith("SLOWLOG <subcommand>")


# --- LATENCY ---


def test_histograms(client):
    client.execute_command("CONFIG", "RESETSTAT")
    for _ in range(5):
        client.execute_command("SET", "a", "1")
    client.execute_command("GET", "a")
    histograms = pairs(client.execute_command("LATENCY", "HISTOGRAM"))
    assert {"set", "get", "config|resetstat"} <= set(histograms)
    of_set = pairs(histograms["set"])
    assert of_set["calls"] == 5
    steps = pairs(of_set["histogram_usec"])
    assert list(steps) == sorted(steps) and list(steps.values()) == sorted(steps.values())
    assert list(steps.values())[-1] == 5
    only = pairs(client.execute_command("LATENCY", "HISTOGRAM", "nope", "get", "config"))
    assert set(only) == {"get", "config|resetstat"}
    assert set(pairs(client.execute_command("LATENCY", "HISTOGRAM", "config|resetstat"))) == {"config|resetstat"}


def test_histograms_can_be_turned_off(client):
    client.execute_command("CONFIG", "SET", "latency-tracking", "no")
    client.execute_command("CONFIG", "RESETSTAT")
    client.execute_command("SET", "a", "1")
    assert client.execute_command("LATENCY", "HISTOGRAM") == []


def test_events(client):
    assert "latency-monitor-threshold" in client.execute_command("LATENCY", "DOCTOR")
    assert client.execute_command("LATENCY", "LATEST") == []
    with pytest.raises(redis.ResponseError, match="No samples available for event 'command'"):
        client.execute_command("LATENCY", "GRAPH", "command")
    client.execute_command("CONFIG", "SET", "latency-monitor-threshold", "100000")
    assert client.execute_command("LATENCY", "DOCTOR").startswith("Nothing took 100000 ms")
    client.execute_command("CONFIG", "SET", "latency-monitor-threshold", "1")
    wait_until(lambda: slow_command_noted(client), DEADLINE_S, "a command that takes a millisecond")
    event, time_s, latency_ms, highest_ms = client.execute_command("LATENCY", "LATEST")[0]
    assert (event, highest_ms >= latency_ms >= 1) == ("command", True)
    assert [time_s, latency_ms] in client.execute_command("LATENCY", "HISTORY", "command")
    assert client.execute_command("LATENCY", "GRAPH", "command").startswith("command - high ")
    assert "command: " in client.execute_command("LATENCY", "DOCTOR")
    assert client.execute_command("LATENCY", "RESET", "nope") == 0
    assert client.execute_command("LATENCY", "RESET") >= 1
    assert client.execute_command("LATENCY", "HISTORY", "command") == []


def slow_command_noted(client):
    client.execute_command("SAVE")
    return client.execute_command("LATENCY", "LATEST")


# --- MEMORY ---


def test_memory_usage(client):
    assert client.execute_command("MEMORY", "USAGE", "none") is None
    client.execute_command("SET", "small", "x")
    client.execute_command("SET", "large", "x" * 100000)
    small = client.execute_command("MEMORY", "USAGE", "small")
    large = client.execute_command("MEMORY", "USAGE", "large", "SAMPLES", "0")
    assert 0 < small < 200 and 100000 < large < 150000
    for words in (["SAMPLES"], ["SAMPLES", "-1"], ["SIMPLES", "1"]):
        with pytest.raises(redis.ResponseError, match="syntax error"):
            client.execute_command("MEMORY", "USAGE", "small", *words)
