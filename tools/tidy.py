#!/usr/bin/env python3
"""usage: tidy.py --build FOLDER [--all] [--base COMMIT]: runs clang-tidy over the sources that changed, or over all.

Changed means: different from the commit where this branch left `main` (or from --base), committed or not; a changed
header counts for every source that includes it. A source that was clean is not looked at again until its text, one of
its headers, .clang-tidy or its compile command changes: .cache/tidy remembers a digest of what the compiler sees.
Exit status 1 when clang-tidy finds anything.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys

TIDY = "clang-tidy-19"
CACHE = os.path.join(".cache", "tidy")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base")
    options = parser.parse_args()
    entries = compile_commands(options.build)
    if not options.all:
        changed = changed_files(options.base)
        entries = [entry for entry in entries if changed & seen_files(entry)]
    os.makedirs(CACHE, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [text for text in pool.map(lambda entry: tidy(options.build, entry), entries) if text]
    distinct = dict.fromkeys(line for text in findings for line in text.splitlines())  # a header's come once a source
    print("\n".join(distinct) or f"clang-tidy: nothing to say about {len(entries)} sources")
    sys.exit(1 if findings else 0)


def compile_commands(build):
    """One entry a source file of src/."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = {entry["file"]: entry for entry in json.load(file)}
    inside = os.path.join(os.getcwd(), "src") + os.sep
    return [entry for name, entry in sorted(entries.items()) if name.startswith(inside)]


def changed_files(base):
    base = base or git("merge-base", "HEAD", "main") or "HEAD"
    names = git("diff", "--name-only", base).split() + git("ls-files", "--others", "--exclude-standard", "src").split()
    return {os.path.abspath(name) for name in names}


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def compiler_sees(entry, *flags):
    """The compiler's output for a source with extra flags instead of compiling it."""
    words = shlex.split(entry["command"])
    if os.path.basename(words[0]) == "ccache":
        del words[0]
    for flag, count in (("-o", 2), ("-c", 1)):
        if flag in words:
            at = words.index(flag)
            del words[at:at + count]
    done = subprocess.run([*words, *flags], cwd=entry["directory"], capture_output=True, check=False)
    return done.stdout


def seen_files(entry):
    """The source and every header of this project it includes."""
    text = compiler_sees(entry, "-MM").decode().replace("\\\n", " ")
    names = text.partition(":")[2].split()
    return {os.path.abspath(os.path.join(entry["directory"], name)) for name in names}


def tidy(build, entry):
    """What clang-tidy finds in one source; empty when it is clean."""
    with open(".clang-tidy", "rb") as file:
        parts = (file.read(), entry["command"].encode(), compiler_sees(entry, "-E", "-CC"))
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    stamp = os.path.join(CACHE, digest)
    if os.path.exists(stamp):
        return ""
    done = subprocess.run([TIDY, "-p", build, "--quiet", entry["file"]], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        with open(stamp, "w", encoding="utf-8"):
            return ""
    return done.stdout.strip() or done.stderr.strip()


if __name__ == "__main__":
    main()
