#!/usr/bin/env python3
"""Compares the output of two builds of sendlens, byte for byte and apart from prose.

    python3 benches/same_output.py OLD NEW [PATH ...]

In: two programs, and PATHs (without any: every sample case). Out: what differs, and a count.
A change of words alone leaves the exit code 0; a change of data makes it 1.
"""

import csv
import io
import json
import os
import subprocess
import sys

# Fields that hold sentences, here and in lists.
PROSE = {"explanation", "message", "note", "summary", "reason", "reasons", "trace", "not_judged"}
# In CSV, the notes of all steps are in one cell; in JSON, `notes` is also a list of data.
PROSE_COLUMNS = PROSE | {"notes"}
COMMANDS = ("diagnose", "lint", "sessions", "certificates")
FORMATS = ("json", "ndjson", "csv")


def without_prose(value):
    """The value with every sentence blanked; what is not there stays not there."""
    if isinstance(value, dict):
        return {
            key: ("" if inner else inner) if key in PROSE else without_prose(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [without_prose(inner) for inner in value]
    return value


def data(form, output):
    """What the output holds beside prose."""
    text = output.decode()
    if form == "json":
        return without_prose(json.loads(text)) if text else None
    if form == "ndjson":
        return [without_prose(json.loads(line)) for line in text.splitlines()]
    rows = list(csv.reader(io.StringIO(text)))
    prose = [name in PROSE_COLUMNS for name in rows[0]] if rows else []
    blank = lambda row: ["" if cell and is_prose else cell for cell, is_prose in zip(row, prose)]
    return [blank(row) for row in rows]


def run(program, command, path, form):
    done = subprocess.run([program, command, path, "-f", form, "-q"], capture_output=True)
    return done.returncode, done.stdout


def main():
    old, new, *paths = sys.argv[1:]
    if not paths:
        root = os.path.join(os.path.dirname(__file__), "..", "sample-logs")
        cases = sorted(os.scandir(root), key=lambda entry: entry.name)
        paths = [entry.path for entry in cases if entry.is_dir()]
    same = words = 0
    different = []
    for path in paths:
        for command in COMMANDS:
            for form in FORMATS:
                before, after = (run(program, command, path, form) for program in (old, new))
                if before == after:
                    same += 1
                elif before[0] == after[0] and data(form, before[1]) == data(form, after[1]):
                    words += 1
                else:
                    different.append(f"{command} {path} -f {form}: exit {before[0]}, {after[0]}")
    print("\n".join(different))
    print(f"{same} outputs are the same bytes, {words} differ in prose alone, {len(different)} differ in data")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
