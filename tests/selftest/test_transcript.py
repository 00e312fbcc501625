"""The comparison with the walkthrough must see what it should see."""

import pytest

from walkthrough import transcript
from walkthrough.transcript import Names

pytestmark = pytest.mark.fast

IDS = {f"{n}" * 40: 7000 + n for n in range(1, 9)}


def live(name):
    """An expected file as a live cluster would print it: real ids, ports from 7001, other counts."""
    text = transcript.expected(name)
    for node_id, port in IDS.items():
        seed = port - 7001 + 6381
        text = text.replace(f"(<{seed}>...)", f"({node_id[:8]}...)").replace(f"<{seed}>", node_id)
        text = text.replace(f"HOST:{seed}@{seed + 10000}", f"127.0.0.1:{port}@{port + 10000}")
        text = text.replace(f"HOST:{seed}", f"127.0.0.1:{port}")
    return text.replace("<n>", "17").replace("<x>", "0.12").replace("<ms> <ms>", "0 1694077036000")


def names():
    one = Names("127.0.0.1", 7001)
    one.ids = dict(IDS)
    return one


@pytest.mark.parametrize("name", ["check-4+4.txt", "created.txt", "nodes-6381-stopped.txt", "reshard-shrink.txt"])
def test_a_live_output_is_the_expected_one(name):
    transcript.same(names().translate(live(name)), name)


def test_order_of_nodes_is_free_but_not_the_one_asked():
    lines = live("check-4+4.txt").splitlines()
    summaries, rest = lines[:4], lines[4:]
    shuffled = [summaries[0], summaries[3], summaries[1], summaries[2], *rest]
    transcript.same(names().translate("\n".join(shuffled)), "check-4+4.txt")
    with pytest.raises(AssertionError):
        transcript.same(names().translate("\n".join([summaries[1], summaries[0], *summaries[2:], *rest])), "check-4+4.txt")


@pytest.mark.parametrize("old, new", [
    ("(4096 slots)", "(4095 slots)"), ("[0-1364]", "[0-1365]"), ("1 additional replica(s)", "2 additional replica(s)"),
    ("[OK] All 16384", "[ERR] Not all 16384"), ("in 4 masters", "in 5 masters"), ("7004", "7005"),
    (">>> Check for open slots...\n", "")])
def test_a_changed_word_is_seen(old, new):
    text = live("check-4+4.txt")
    assert old in text
    with pytest.raises(AssertionError):
        transcript.same(names().translate(text.replace(old, new, 1)), "check-4+4.txt")


def test_optional_lines_may_be_there_or_not():
    with_them = live("add-6387.txt").replace("? ", "")
    without = "\n".join(line for line in live("add-6387.txt").splitlines() if not line.startswith("? "))
    for text in (with_them, without):
        transcript.same(names().translate(text), "add-6387.txt")
    with pytest.raises(AssertionError):
        transcript.same(names().translate(without + "\n>>> Something else"), "add-6387.txt")


def test_roles_give_a_node_the_name_of_its_part():
    one = names()
    one.roles = {7004: 7005, 7005: 7004}
    assert one.translate("127.0.0.1:7004@17004 " + "5" * 40) == "HOST:6385@16385 <6384>"


def test_planned_slots_are_read_by_source():
    assert transcript.planned_slots("    Moving slot 3 from <6381>\n    Moving slot 4 from <6381>\nx") == {"<6381>": [3, 4]}
