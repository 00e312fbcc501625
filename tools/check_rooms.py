#!/usr/bin/env python3
"""usage: check_rooms.py [SOURCE_FOLDER]: holds the sources against the table of rooms in src/README.md.

Checked:
- every folder of the sources is a room of the table, and no file stands outside a room;
- every `#include "room/..."` is a door that the including room's row has (base is always open; "cluster (slot_map.h)"
  opens that header only; "all of the above" opens every row above); other forms of quoted includes are refused;
- no two rooms reach each other: the table has no cycle;
- a room marked P, its tests and programs aside, uses no socket, clock, thread, file or random device; a lock may have
  the kernel put it to sleep (LOCKS);
- every room has a README.md of at most 40 lines.
Prints one line per finding and exits with status 1 when there is any.
"""

import dataclasses
import os
import re
import sys

SOURCE_ENDINGS = (".h", ".cc")
TEST_ENDINGS = ("_test.cc", "_fuzz.cc", "_bench.cc", "_main.cc")
ROOT_FILES = {"README.md", "CMakeLists.txt"}
README_LINES = 40
LOCKS = {"base/futex.cc"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
IMPURE_HEADERS = re.compile(
    r"^(sys/.*|netinet/.*|net/.*|netdb\.h|poll\.h|fcntl\.h|unistd\.h|pthread\.h|dirent\.h|signal\.h|csignal|thread"
    r"|fstream|filesystem|ctime|time\.h|future|stop_token)$")
IMPURE_WORDS = re.compile(
    r"\b(system_clock|steady_clock|high_resolution_clock|random_device|std::thread|std::jthread|clock_gettime|gettimeofday"
    r"|getrandom|fopen|std::getenv|getenv)\b")


@dataclasses.dataclass
class Room:
    """A row of the table. `doors` maps a room to the set of its headers that are open, or to None for all of them."""
    name: str
    pure: bool
    doors: dict


def read_table(readme):
    """The rooms of the table, by name, in its order."""
    rooms = {}
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 4 or cells[0] in ("Room", "") or set(cells[0]) <= {"-", ":"}:
            continue
        rooms[cells[0]] = Room(cells[0], cells[1] == "P", read_doors(cells[3], rooms))
    return rooms


def read_doors(cell, rooms_above):
    if cell == "all of the above":
        return dict.fromkeys(rooms_above)
    doors = {}
    for word in filter(None, re.split(r",\s*(?![^(]*\))", cell)):
        match = re.fullmatch(r"(\w+)(?:\s*\(([\w., ]+)\))?", word.strip())
        if match:
            doors[match.group(1)] = set(re.split(r",\s*", match.group(2))) if match.group(2) else None
        elif word.strip() != "-":
            raise ValueError(f"the table of rooms has a door that is not understood: '{word}'")
    return doors


def check(source_folder):
    """All findings, as lines."""
    with open(os.path.join(source_folder, "README.md"), encoding="utf-8") as file:
        rooms = read_table(file.read())
    if not rooms:
        return ["README.md: no table of rooms found"]
    findings = check_table(rooms)
    for entry in sorted(os.listdir(source_folder)):
        path = os.path.join(source_folder, entry)
        if not os.path.isdir(path):
            if entry not in ROOT_FILES:
                findings.append(f"{entry}: stands outside every room")
        elif entry not in rooms:
            findings.append(f"{entry}/: is no room of the table in README.md")
        else:
            findings += check_room(source_folder, rooms, rooms[entry])
    return findings


def check_table(rooms):
    findings = [f"README.md: {room.name} has a door to {door}, which is no room"
                for room in rooms.values() for door in room.doors if door not in rooms]
    reach = {name: set(room.doors) & set(rooms) for name, room in rooms.items()}
    for _ in rooms:
        for name in rooms:
            reach[name] |= {further for near in reach[name] for further in reach[near]}
    return findings + [f"README.md: {name} can be reached from itself" for name in rooms if name in reach[name]]


def check_room(source_folder, rooms, room):
    folder = os.path.join(source_folder, room.name)
    findings = check_door_plate(folder, room)
    for directory, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            if file.endswith(SOURCE_ENDINGS):
                path = os.path.join(directory, file)
                with open(path, encoding="utf-8", errors="replace") as text:
                    lines = text.read().splitlines()
                where = os.path.relpath(path, source_folder)
                findings += check_includes(where, lines, rooms, room)
                if room.pure and not file.endswith(TEST_ENDINGS) and where not in LOCKS:
                    findings += check_purity(where, lines)
    return findings


def check_door_plate(folder, room):
    try:
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
            count = len(file.read().splitlines())
    except FileNotFoundError:
        return [f"{room.name}/: has no README.md"]
    return [f"{room.name}/README.md: has {count} lines, more than {README_LINES}"] if count > README_LINES else []


def check_includes(where, lines, rooms, room):
    findings = []
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match or match.group(1) != '"':
            continue
        target, _, header = match.group(2).partition("/")
        if not header or target not in rooms:
            findings.append(f'{where}:{number}: "{match.group(2)}" does not begin with a room')
        elif target not in (room.name, "base"):
            if target not in room.doors:
                findings.append(f"{where}:{number}: {room.name} has no door to {target} ({match.group(2)})")
            elif room.doors[target] is not None and header not in room.doors[target]:
                findings.append(f"{where}:{number}: of {target}, {room.name} may only see "
                                f"{', '.join(sorted(room.doors[target]))}, not {header}")
    return findings


def check_purity(where, lines):
    findings = []
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match and match.group(1) == "<" and IMPURE_HEADERS.match(match.group(2)):
            findings.append(f"{where}:{number}: a pure room includes <{match.group(2)}>")
        word = IMPURE_WORDS.search(line.split("//")[0])
        if word:
            findings.append(f"{where}:{number}: a pure room uses {word.group()}")
    return findings


def main():
    default = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")
    findings = check(sys.argv[1] if len(sys.argv) > 1 else default)
    print("\n".join(findings) if findings else "every include is a door of the table")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
