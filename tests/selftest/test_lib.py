"""The harness itself: what the other tests lean on."""

import os
import sys

import pytest

from lib.cluster_text import key_slot, parse_nodes
from lib.load import Ledger
from lib.ports import BUS_OFFSET, free_ports, is_free
from lib.screen import Screen
from lib.terminal import Terminal
from lib.waiting import LookFailed, WaitTimeout, wait_until

pytestmark = pytest.mark.fast


def shown(text):
    screen = Screen()
    for character in text:  # one by one: an escape sequence may be cut anywhere
        screen.feed(character)
    return screen.lines()


def test_screen_shows_what_a_line_editor_leaves():
    assert shown("\r\x1b[0K127.0.0.1:1> \r\x1b[15C\r\x1b[0K127.0.0.1:1> get\x1b[0;90;49m key\x1b[0m\r\x1b[18C") == [
        "127.0.0.1:1> get key"]
    assert shown("one hint\r\x1b[3C\x1b[0K\r\ntwo") == ["one", "two"]
    assert shown("abc\b\bX") == ["aXc"]
    assert shown("1\r\n2\r\n3\x1b[2A\rX\x1b[J") == ["X"]
    assert shown("\x1b[29;1m>>> bold\x1b[0m\r\nplain") == [">>> bold", "plain"]


def test_terminal_drives_a_program():
    program = "import sys; a = input('name? '); print('hello', a, sys.stdout.isatty()); sys.exit(3)"
    with Terminal([sys.executable, "-c", program], dict(os.environ)) as terminal:
        terminal.answer(r"^name\? ", "dunlin")
        assert terminal.wait_end() == 3
        assert terminal.lines() == ["name? dunlin", "hello dunlin True", ""]


def test_terminal_says_what_it_saw_when_the_program_ends_early():
    with Terminal([sys.executable, "-c", "print('no question')"], dict(os.environ)) as terminal:
        with pytest.raises(AssertionError, match="no question"):
            terminal.answer(r"name\? ", "x")


def test_wait_until_returns_the_value_and_explains_a_timeout():
    values = iter([0, None, 7])
    assert wait_until(lambda: next(values), 5, "seven") == 7

    def never():
        raise LookFailed("the moon is down")
    with pytest.raises(WaitTimeout, match="the moon is down"):
        wait_until(never, 0.05, "the moon")


def test_free_ports_are_free_together_with_their_bus_ports():
    first = free_ports(8)
    assert all(is_free(port) and is_free(port + BUS_OFFSET) for port in range(first, first + 8))


def test_key_slot_follows_the_published_examples():
    assert key_slot(b"k1") == 12706
    assert key_slot(b"123456789") == 0x31C3
    assert key_slot(b"{user1000}.following") == key_slot(b"user1000")
    assert key_slot(b"foo{}{bar}") == key_slot(b"foo{}{bar}") != key_slot(b"bar")


def test_parse_nodes_reads_ranges_flags_and_open_slots():
    text = ("a" * 40 + " 127.0.0.1:7001@17001,name myself,master - 0 0 3 connected 0-4 9 [5->-" + "b" * 40 + "]\n"
            + "b" * 40 + " 127.0.0.1:7002@17002 slave,fail " + "a" * 40 + " 1 2 3 disconnected\n")
    nodes = parse_nodes(text)
    assert nodes[7001].is_primary and nodes[7001].slots == ((0, 4), (9, 9)) and nodes[7001].slot_count == 6
    assert nodes[7001].open_slots == ("[5->-" + "b" * 40 + "]",)
    assert nodes[7002].is_replica and nodes[7002].failed and nodes[7002].primary_id == "a" * 40


class Memory:
    """Stands in for a cluster; `forget` loses the last write of every key."""

    def __init__(self):
        self.values = {}
        self.forgetful = False

    def execute(self, key, *words):
        if words[0] in ("GET", "HGET", "ZSCORE"):
            return self.values.get(key)
        if not self.forgetful:
            self.values[key] = {"HSET": words[-1], "ZADD": words[2]}.get(words[0], words[2])
        return b"OK"


def test_ledger_accepts_a_store_that_keeps_its_word():
    ledger, memory = Ledger(8), Memory()
    ledger.fill(memory)
    ledger.fill(memory)
    assert ledger.verify(memory) == []
    assert ledger.acknowledged_writes == 16 and ledger.checked_reads == 8


def test_ledger_catches_a_lost_acknowledged_write():
    ledger, memory = Ledger(4), Memory()
    ledger.fill(memory)
    memory.forgetful = True
    ledger.write(memory, ledger.keys[2])
    assert ledger.verify(memory) == ["load:2 shows version 1; 2 was acknowledged, 2 attempted"]
