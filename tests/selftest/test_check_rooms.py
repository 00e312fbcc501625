"""The check of rooms and doors finds what is planted, and nothing in a house that is in order."""

import importlib.util
import os

import pytest

pytestmark = pytest.mark.fast

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TABLE = """# The rooms
| Room | P | What it is | May include |
|---|---|---|---|
| base | P | words | - |
| values | P | types, in memory | - |
| store | P | slots | values |
| cluster | P | who | - |
| dispatch | P | the decision | store, cluster (slot_map.h) |
| server | | threads | all of the above |
| cli | | the client | base |
"""


def checker():
    spec = importlib.util.spec_from_file_location("check_rooms", os.path.join(TOP, "tools", "check_rooms.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(tmp_path):
    """A tidy source folder; returns a function that writes a file into it and gives the findings."""
    (tmp_path / "README.md").write_text(TABLE)
    (tmp_path / "CMakeLists.txt").write_text("")
    files = {
        "base/ids.h": "#include <string>\n",
        "values/list.h": '#include "base/ids.h"\n#include "values/node.h"\n',
        "store/slot.cc": '#include "store/slot.h"\n#include "values/list.h"\n// steady_clock is not for us\n',
        "store/slot_bench.cc": "#include <chrono>\n#include <thread>\nauto now = std::chrono::steady_clock::now();\n",
        "cluster/slot_map.h": "", "cluster/core.h": "",
        "dispatch/decide.cc": '#include "cluster/slot_map.h"\n',
        "server/main.cc": '#include <sys/socket.h>\n#include "dispatch/decide.h"\n#include "cluster/core.h"\n',
        "cli/main.cc": '#include <thread>\n#include "base/ids.h"\n',
    }

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return checker().check(str(tmp_path))
    for name, text in files.items():
        write(name, text)
        write(os.path.join(os.path.dirname(name), "README.md"), "# A room\n")
    return write


def test_a_tidy_house_has_no_findings(house):
    assert house("base/more.h", "#include <vector>\n") == []


@pytest.mark.parametrize("name, text, finding", [
    ("values/list.cc", '#include "store/slot.h"\n', "values/list.cc:1: values has no door to store (store/slot.h)"),
    ("values/list_test.cc", '\n#include "store/slot.h"\n', "values/list_test.cc:2: values has no door to store (store/slot.h)"),
    ("values/deep/x.cc", '#include "server/main.h"\n', "values/deep/x.cc:1: values has no door to server (server/main.h)"),
    ("base/ids.cc", '  # include "values/list.h"\n', "base/ids.cc:1: base has no door to values (values/list.h)"),
    ("dispatch/x.cc", '#include "cluster/core.h"\n', "dispatch/x.cc:1: of cluster, dispatch may only see slot_map.h, not core.h"),
    ("store/x.cc", '#include "slot.h"\n', 'store/x.cc:1: "slot.h" does not begin with a room'),
    ("store/x.cc", '#include "../values/list.h"\n', 'store/x.cc:1: "../values/list.h" does not begin with a room'),
    ("store/x.cc", "#include <sys/socket.h>\n", "store/x.cc:1: a pure room includes <sys/socket.h>"),
    ("store/x.h", "#include <thread>\n", "store/x.h:1: a pure room includes <thread>"),
    ("store/x.h", "#include <fstream>\n", "store/x.h:1: a pure room includes <fstream>"),
    ("store/x.h", "#include <unistd.h>\n", "store/x.h:1: a pure room includes <unistd.h>"),
    ("store/x.cc", "auto t = std::chrono::steady_clock::now();\n", "store/x.cc:1: a pure room uses steady_clock"),
    ("store/x.cc", "std::random_device device;\n", "store/x.cc:1: a pure room uses random_device"),
    ("attic/x.cc", "", "attic/: is no room of the table in README.md"),
    ("x.cc", "", "x.cc: stands outside every room"),
    ("store/README.md", "line\n" * 41, "store/README.md: has 41 lines, more than 40"),
    ("README.md", TABLE.replace("| values | P | types, in memory | - |", "| values | P | types | dispatch |"),
     "README.md: values can be reached from itself"),
    ("README.md", TABLE.replace("slots | values |", "slots | values, vault |"),
     "README.md: store has a door to vault, which is no room"),
])
def test_a_planted_violation_is_found(house, name, text, finding):
    assert finding in house(name, text)


def test_a_missing_door_plate_is_found(house, tmp_path):
    (tmp_path / "cli" / "README.md").unlink()
    assert house("base/more.h", "") == ["cli/: has no README.md"]


def test_the_table_of_this_project_is_understood():
    with open(os.path.join(TOP, "src", "README.md"), encoding="utf-8") as file:
        rooms = checker().read_table(file.read())
    assert rooms["store"].doors == {"values": None}
    assert rooms["dispatch"].doors["cluster"] == {"slot_map.h"}
    assert set(rooms["server"].doors) == set(list(rooms)[:list(rooms).index("server")])
    assert rooms["base"].pure and not rooms["net"].pure
