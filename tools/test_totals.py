#!/usr/bin/env python3
"""usage: test_totals.py FOLDER: adds up the JUnit reports of one test run and prints "N passed, N failed".

Reads what GoogleTest, ctest (ctest-*.xml) and pytest (pytest-*.xml) left in the folder. A ctest entry counts only when
it failed without a failing case in its GoogleTest report: a crash, a timeout, a test of another kind. Exit status 1
when anything failed or nothing ran.
"""

import os
import sys
import xml.etree.ElementTree


def cases(path):
    """(name, outcome) for each test case of a report; outcome is passed, failed or skipped."""
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = "failed"
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            outcome = "skipped"
        else:
            outcome = "passed"
        yield case.get("name"), outcome


def totals(folder):
    """Counts by outcome over all reports of the folder."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    reports = sorted(name for name in os.listdir(folder) if name.endswith(".xml"))
    failed_binaries, reported = set(), set()
    for name in reports:
        if name.startswith("ctest-"):
            continue
        outcomes = [outcome for _, outcome in cases(os.path.join(folder, name))]
        for outcome in outcomes:
            counts[outcome] += 1
        reported.add(name[:-len(".xml")])
        if "failed" in outcomes:
            failed_binaries.add(name[:-len(".xml")])
    for name in reports:
        if not name.startswith("ctest-"):
            continue
        for test, outcome in cases(os.path.join(folder, name)):
            if outcome == "failed" and test not in failed_binaries:
                counts["failed"] += 1
            elif outcome != "failed" and test not in reported:
                counts[outcome] += 1
    return counts


def main():
    counts = totals(sys.argv[1])
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
