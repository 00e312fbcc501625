"""SCAN over the keys of all slots."""

import pytest


def scan_all(server, *options):
    """Every key found and every cursor given, by SCAN from the beginning to the end."""
    found, cursors = [], []
    with server.client() as client:
        client.response_callbacks.clear()
        while not cursors or cursors[-1] != 0:
            cursor, keys = client.execute_command("SCAN", cursors[-1] if cursors else 0, *options)
            cursors.append(int(cursor))
            found += keys
    return found, cursors


def fill(server, names):
    with server.client() as client:
        pipeline = client.pipeline(transaction=False)
        for name in names:
            pipeline.set(name, "value")
        pipeline.execute()
    return set(names)


def test_fewer_keys_than_asked_for_come_at_once(server):
    assert scan_all(server) == ([], [0])
    few = fill(server, [f"key {n}" for n in range(9)])
    found, cursors = scan_all(server)
    assert sorted(found) == sorted(few) and cursors == [0]


@pytest.mark.parametrize("count", [1, 10, 1000])
def test_cursors_fit_in_an_int(server, count):
    """redis-cli's `--cluster import` keeps them there."""
    many = fill(server, [f"key {n}" for n in range(20000)])
    found, cursors = scan_all(server, "COUNT", count)
    assert set(found) == many and len(found) == len(many)
    assert all(cursor < 2**31 for cursor in cursors)
    assert len(cursors) <= 20000 / count + 1


def test_a_slot_of_many_keys_comes_in_pieces(server):
    many = fill(server, [f"{{tag}}{n}" for n in range(5000)])
    found, cursors = scan_all(server, "COUNT", 10)
    assert set(found) == many and len(found) == len(many)
    assert len(cursors) > 100


def test_a_cursor_out_of_nowhere_is_answered(server):
    fill(server, [f"key {n}" for n in range(100)])
    for cursor in (16383, 16384, 2**32, 2**63, 2**64 - 1):
        reply_cursor, keys = server.call("SCAN", cursor)
        assert int(reply_cursor) >= 0 and len(keys) <= 100
