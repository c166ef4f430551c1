#!/usr/bin/env python3
"""Times sendlens against other ways of reading the same logs, and prints a Markdown table.

    cargo build --release
    python3 benches/compare.py --bytes 1600M --files 16

The corpus is generated (`cargo run --release --example generate`) into a temporary folder, or into
`--dir DIR`, where the next run finds it again. Nothing else is built. Tools that are missing are
named and left out. Needs Python 3.9 or later and its standard library only; DuckDB takes part if
its Python package is installed.

Every tool must first give the right answer in an untimed run, by the counts that the generator
printed; otherwise the exit code is 1. Then all tools run once to warm up, and then in turn
(A B C A B C ...), so that whatever else the machine does hits all of them. The table shows medians
of the wall time, start of the process included, with the files in the page cache as far as memory
allows, and the largest resident set of one process, pages of mapped files included.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import glob
import importlib.metadata
import importlib.util
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = [
    "date_time",
    "connector_id",
    "session_id",
    "sequence_number",
    "local_endpoint",
    "remote_endpoint",
    "event",
    "data",
    "context",
]
HEADER_LINES = 5
# A new process begins with the peak of the one that starts it, so a small one must do that.
LAUNCHER = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
streams = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
begun = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=streams)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - begun, os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
# A Python loop over rows is slow enough that one file tells.
CSV_WHOLE_CORPUS_BYTES = 200_000_000


@dataclass
class Tool:
    """One way of reading the logs."""

    name: str
    answers: str
    command: list[str]
    check: Callable[[], list[str]]
    exit_codes: tuple[int, ...] = (0,)
    # Corpus size divided by what the command reads.
    scale: float = 1.0
    seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0


@dataclass
class Corpus:
    """The generated logs and what is in them."""

    folder: Path
    files: list[str]
    expected: dict


class WrongExit(Exception):
    """A tool ended with an exit code that does not belong to its answer."""


# --- Running -------------------------------------------------------------------------------------


def timed(command: list[str], exit_codes: tuple[int, ...]) -> tuple[float, int]:
    """Wall seconds and peak resident bytes of one run; its output is thrown away."""
    if hasattr(os, "wait4"):
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
        seconds, code, peak = output(launcher).split()
        unit = 1 if sys.platform == "darwin" else 1024
        measured = float(seconds), int(peak) * unit
    else:
        begun = time.perf_counter()
        null = subprocess.DEVNULL
        code = subprocess.run(command, stdin=null, stdout=null, stderr=null).returncode
        measured = time.perf_counter() - begun, 0
    if int(code) not in exit_codes:
        raise WrongExit(f"exit code {code}")
    return measured


def output(command: list[str], exit_codes: tuple[int, ...] = (0,)) -> str:
    """Standard output of an untimed run."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode not in exit_codes:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise WrongExit(f"exit code {done.returncode}: {last[0]}")
    return done.stdout


def differences(found: dict, expected: dict) -> list[str]:
    """One line for each value that is not as expected."""
    return [
        f"{name} is {found.get(name)!r} instead of {value!r}"
        for name, value in expected.items()
        if found.get(name) != value
    ]


# --- The tools -----------------------------------------------------------------------------------


def wc_tool(corpus: Corpus) -> Tool | str:
    if not shutil.which("wc"):
        return "wc (not installed)"
    command = ["wc", "-l", *corpus.files]

    def check() -> list[str]:
        lines = int(output(command).split("\n")[:-1][-1].split()[0])
        return differences({"lines": lines}, {"lines": corpus.expected["lines"]})

    return Tool("wc -l", "number of lines (the floor)", command, check)


def sendlens_tools(corpus: Corpus, program: str) -> list[Tool | str]:
    if not Path(program).is_file():
        return [f"{name} (not built)" for name in ("sendlens diagnose", "sendlens sessions")]
    folder = str(corpus.folder)
    # 1 says that something was found, which is the case here.
    diagnose = [program, "diagnose", folder]
    sessions = [program, "sessions", folder, "--format", "ndjson"]

    def check_diagnose(*options: str) -> Callable[[], list[str]]:
        def check() -> list[str]:
            command = [*diagnose, *options, "--format", "json"]
            return diagnose_differences(json.loads(output(command, (0, 1))), corpus.expected)

        return check

    return [
        Tool(
            "sendlens diagnose",
            "incidents, causes, fixes",
            diagnose,
            check_diagnose(),
            (0, 1),
        ),
        Tool(
            "sendlens diagnose --io mmap",
            "the same, files mapped instead of read",
            [*diagnose, "--io", "mmap"],
            check_diagnose("--io", "mmap"),
            (0, 1),
        ),
        Tool(
            "sendlens sessions",
            "every session as a JSON line",
            sessions,
            lambda: sessions_differences(sessions, corpus.expected),
        ),
    ]


def diagnose_differences(report: dict, expected: dict) -> list[str]:
    names = ["files", "bytes", "lines", "header_lines", "records", "sessions"]
    wanted = {name: expected[name] for name in [*names, "exchange_online_sessions"]}
    wanted |= {"blank_lines": 0, "malformed_lines": 0}
    problems = differences(report.get("input", {}), wanted)
    streams = {s["name"]: s["sessions"] for s in report.get("input", {}).get("streams", [])}
    problems += differences(streams, {s["name"]: s["sessions"] for s in expected["streams"]})
    incidents = report.get("incidents", [])
    if len(incidents) != 1:
        return [*problems, f"{len(incidents)} incidents instead of one"]
    incident = incidents[0]
    found = {
        "cause": incident["cause"]["code"],
        "send_connector": incident["send_connector"],
        "thumbprint": (incident["certificate"] or {}).get("thumbprint"),
        "replies": incident["rejected"]["replies"],
        "messages": incident["rejected"]["messages"],
        "sessions": incident["rejected"]["sessions"],
        "other_rejections": sum(other["count"] for other in report["other_rejections"]),
    }
    wanted = dict(expected["incident"])
    wanted |= {
        "replies": expected["rejections_5764"],
        "messages": expected["messages_with_5764"],
        "sessions": expected["sessions_with_5764"],
        "other_rejections": expected["other_rejections"],
    }
    return problems + differences(found, wanted)


def sessions_differences(command: list[str], expected: dict) -> list[str]:
    found = dict.fromkeys(
        [
            "sessions",
            "exchange_online_sessions",
            "own_certificate_sessions",
            "messages",
            "accepted_recipients",
            "rejections_5764",
            "sessions_with_5764",
            "other_rejections",
        ],
        0,
    )
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        for line in process.stdout:
            session = json.loads(line)
            if session.get("type") != "session":
                continue
            codes = [rejection["enhanced"] for rejection in session["rejections"]]
            unattributed = codes.count("5.7.64")
            found["sessions"] += 1
            found["exchange_online_sessions"] += session["exchange_online"]
            found["own_certificate_sessions"] += session["certificate"] is not None
            found["messages"] += session["messages"]
            found["accepted_recipients"] += session["accepted"]
            found["rejections_5764"] += unattributed
            found["sessions_with_5764"] += unattributed > 0
            found["other_rejections"] += len(codes) - unattributed
    if process.returncode != 0:
        raise WrongExit(f"exit code {process.returncode}")
    return differences(found, {name: expected[name] for name in found})


def rg_tool(corpus: Corpus) -> Tool | str:
    if not shutil.which("rg"):
        return "rg (not installed)"
    command = ["rg", "-c", "--no-filename", "TenantAttribution", *corpus.files]

    def check() -> list[str]:
        rows = sum(int(count) for count in output(command).split())
        return differences({"rows": rows}, {"rows": corpus.expected["rejections_5764"]})

    return Tool("rg -c TenantAttribution", "number of rejections", command, check)


def grouping_tool(corpus: Corpus, name: str, command: list[str]) -> Tool:
    """A tool that answers "certificate and rejected, per session" for the whole corpus."""
    names = ["sessions", "sessions_with_5764", "rejections_5764"]

    def check() -> list[str]:
        found = json.loads(output(command))
        return differences(found, {name: corpus.expected[name] for name in names})

    return Tool(name, "certificate and rejected, per session", command, check)


def worker(name: str, files: list[str]) -> list[str]:
    """The command that runs a worker function of this file in a process of its own."""
    return [sys.executable, str(Path(__file__).resolve()), "--worker", name, *files]


def duckdb_tool(corpus: Corpus) -> Tool | str:
    if importlib.util.find_spec("duckdb") is None:
        return "duckdb (not installed)"
    return grouping_tool(corpus, "DuckDB (Python)", worker("duckdb", corpus.files))


def xan_tool(corpus: Corpus) -> Tool | str:
    missing = [tool for tool in ("xan", "sh", "tail") if not shutil.which(tool)]
    if missing:
        return f"xan ({missing[0]} not installed)"
    rejected = 'count(col(6) eq "<" && startswith(col(7), "550 5.7.64"))'
    certificate = (
        'lex_last(if(startswith(col(8), "Sending certificate")'
        ' || col(8) eq "Certificate thumbprint", col(7)))'
    )
    query = shlex.quote(f"{rejected} as rejected, {certificate} as certificate")
    # The same id can stand in two streams, so each folder is grouped for itself.
    folders = sorted({os.path.dirname(path) for path in corpus.files})
    lines = []
    for folder in folders:
        files = shlex.join(path for path in corpus.files if os.path.dirname(path) == folder)
        lines.append(f"tail -q -n +{HEADER_LINES + 1} {files} | xan groupby -n 2 {query}")
    command = ["sh", "-c", "\n".join(lines)]
    names = ["sessions", "sessions_with_5764", "rejections_5764"]

    def check() -> list[str]:
        counts = [int(row[1]) for row in csv.reader(output(command).splitlines())]
        found = dict(zip(names, [len(counts), sum(c > 0 for c in counts), sum(counts)]))
        return differences(found, {name: corpus.expected[name] for name in names})

    return Tool("tail, xan groupby", "certificate and rejected, per session", command, check)


def csv_tool(corpus: Corpus) -> Tool:
    if corpus.expected["bytes"] <= CSV_WHOLE_CORPUS_BYTES:
        return grouping_tool(corpus, "Python csv", worker("csv", corpus.files))
    one = corpus.files[0]
    command = worker("csv", [one])

    def check() -> list[str]:
        # The generator's counts are for whole streams.
        with open(one, "rb") as file:
            rows = sum(b"TenantAttribution" in line for line in file)
        return differences(json.loads(output(command)), {"rejections_5764": rows})

    scale = corpus.expected["bytes"] / os.path.getsize(one)
    answers = f"the same, one file of {os.path.getsize(one) / 1e6:,.0f} MB, time × {scale:.1f}"
    return Tool("Python csv", answers, command, check, scale=scale)


# --- Workers: each runs in a process of its own --------------------------------------------------


def work_duckdb(files: list[str]) -> dict:
    import duckdb

    query = """
        SELECT count(*), count(*) FILTER (WHERE rejected > 0), sum(rejected), count(certificate)
        FROM (
            SELECT
                regexp_replace(filename, '[^/\\\\]*$', '') AS folder,
                session_id,
                max(CASE WHEN context LIKE 'Sending certificate%'
                           OR context = 'Certificate thumbprint' THEN data END) AS certificate,
                count(*) FILTER (WHERE event = '<' AND data LIKE '550 5.7.64%') AS rejected
            FROM read_csv($files, auto_detect = false, header = false, comment = '#',
                          delim = ',', quote = '"', escape = '"', new_line = '\\r\\n',
                          filename = true, columns = COLUMNS)
            GROUP BY ALL
        )"""
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS) + "}"
    row = duckdb.execute(query.replace("COLUMNS", columns), {"files": files}).fetchone()
    names = ["sessions", "sessions_with_5764", "rejections_5764", "certificates"]
    return {name: int(value) for name, value in zip(names, row)}


def work_csv(files: list[str]) -> dict:
    certificates: dict[tuple[str, str], str] = {}
    rejected: dict[tuple[str, str], int] = {}
    for path in files:
        folder = os.path.dirname(path)
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if row[0].startswith("#"):
                    continue
                key = (folder, row[2])
                event, data, context = row[6], row[7], row[8]
                if key not in rejected:
                    rejected[key] = 0
                if event == "<" and data.startswith("550 5.7.64"):
                    rejected[key] += 1
                if context.startswith("Sending certificate") or context == "Certificate thumbprint":
                    certificates[key] = max(certificates.get(key, ""), data)
    return {
        "sessions": len(rejected),
        "sessions_with_5764": sum(count > 0 for count in rejected.values()),
        "rejections_5764": sum(rejected.values()),
        "certificates": len(certificates),
    }


# --- The corpus ----------------------------------------------------------------------------------


def make_corpus(options: argparse.Namespace, folder: Path) -> Corpus:
    """The corpus in the folder, generated unless it is there already."""
    request = {
        "bytes": options.bytes,
        "files": options.files,
        "streams": options.streams,
        "seed": options.seed,
    }
    logs = folder / "corpus"
    record = folder / "expected.json"
    if record.exists():
        known = json.loads(record.read_text(encoding="utf-8"))
        if known["request"] != request:
            raise SystemExit(f"{folder} holds another corpus: {known['request']}")
    else:
        arguments = [f"--{name}={value}".split("=") for name, value in request.items()]
        generate = ["cargo", "run", "--quiet", "--release", "--example", "generate", "--"]
        generate += [part for pair in arguments for part in pair]
        done = subprocess.run(
            [*generate, "--out", str(logs)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            raise SystemExit("the corpus could not be generated")
        known = {"request": request, "expected": json.loads(done.stdout)}
        record.write_text(json.dumps(known), encoding="utf-8")
    files = sorted(glob.glob(str(logs / "*" / "*" / "*.LOG")))
    return Corpus(logs, files, known["expected"])


# --- The report ----------------------------------------------------------------------------------


def floor_of_peak() -> int:
    """The peak of a program that does nothing: smaller ones cannot be told apart."""
    nothing = shutil.which("true")
    return timed([nothing], (0,))[1] if nothing else 0


def peak_text(peak: int, floor: int) -> str:
    if peak == 0:
        return "?"
    megabytes = f"{peak / 1e6:,.0f}"
    return f"≤ {megabytes}" if peak <= floor * 1.1 else megabytes


def table(tools: list[Tool], corpus: Corpus, floor: int) -> str:
    def median(tool: Tool) -> float:
        return statistics.median(tool.seconds) * tool.scale

    wc = next((median(tool) for tool in tools if tool.name == "wc -l"), None)
    rows = [
        "| tool | what it answers | wall median | GB/s | × wc | peak MB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for tool in tools:
        seconds = median(tool)
        cells = [
            f"`{tool.name}`",
            tool.answers,
            f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms",
            f"{corpus.expected['bytes'] / seconds / 1e9:.2f}",
            f"{seconds / wc:.1f}" if wc else "?",
            peak_text(tool.peak_bytes, floor),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def machine() -> str:
    model = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        if sys.platform == "darwin":
            model = output(["sysctl", "-n", "machdep.cpu.brand_string"]).strip()
    return f"{model or platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def versions(tools: list[Tool]) -> str:
    names = {tool.name.split()[0] for tool in tools}
    found = [f"Python {platform.python_version()}"]
    if "DuckDB" in names:
        found.append(f"DuckDB {importlib.metadata.version('duckdb')}")
    if "rg" in names:
        found.append(output(["rg", "--version"]).splitlines()[0])
    if "tail," in names:
        found.append(f"xan {output(['xan', '--version']).split()[-1]}")
    return ", ".join(found)


def checked(candidates: list[Tool | str]) -> tuple[list[Tool], list[str]]:
    """The tools that take part, and what is wrong with those that do not."""
    tools, problems = [], []
    for tool in candidates:
        if isinstance(tool, str):
            print(f"skipped: {tool}")
            continue
        try:
            wrong = tool.check()
        except (WrongExit, ValueError, KeyError, TypeError, IndexError, OSError) as error:
            wrong = [f"no usable answer ({type(error).__name__}: {error})"]
        problems += [f"wrong: {tool.name}: {text}" for text in wrong]
        if not wrong:
            tools.append(tool)
    return tools, problems


def compare(options: argparse.Namespace, folder: Path) -> int:
    floor = floor_of_peak()
    corpus = make_corpus(options, folder)
    candidates = [
        wc_tool(corpus),
        *sendlens_tools(corpus, options.sendlens),
        rg_tool(corpus),
        duckdb_tool(corpus),
        xan_tool(corpus),
        csv_tool(corpus),
    ]
    tools, problems = checked(candidates)
    for run in range(options.runs + 1):
        for tool in tools:
            seconds, peak = timed(tool.command, tool.exit_codes)
            if run > 0:
                tool.seconds.append(seconds)
                tool.peak_bytes = max(tool.peak_bytes, peak)
    counts = corpus.expected
    print()
    print(table(tools, corpus, floor))
    print()
    print(f"- machine: {machine()}")
    print(
        f"- corpus: {counts['bytes'] / 1e9:.2f} GB in {counts['files']} files, "
        f"{counts['lines']:,} lines, {counts['sessions']:,} sessions, "
        f"{counts['rejections_5764']:,} rejections (seed {options.seed})"
    )
    print(f"- {options.runs} runs in turn after one to warm up; {versions(tools)}")
    print(f"- date: {datetime.date.today().isoformat()}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def main() -> int:
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = target / "release" / ("sendlens.exe" if os.name == "nt" else "sendlens")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", default="1600M", help="size of the corpus (default 1600M)")
    parser.add_argument("--files", type=int, default=16, help="number of files (default 16)")
    parser.add_argument("--streams", type=int, default=1, help="number of servers (default 1)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the corpus (default 1)")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each tool (default 5)")
    parser.add_argument("--dir", type=Path, help="keep the corpus here, and use it if it is there")
    parser.add_argument("--sendlens", default=str(program), help="the program to measure")
    parser.add_argument("--worker", choices=["duckdb", "csv"], help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work = {"duckdb": work_duckdb, "csv": work_csv}[options.worker]
        print(json.dumps(work(options.paths)))
        return 0
    if options.paths or options.runs < 1:
        parser.error("no paths are taken, and at least one run is needed")
    if options.dir:
        options.dir.mkdir(parents=True, exist_ok=True)
        return compare(options, options.dir)
    with tempfile.TemporaryDirectory(prefix="sendlens-bench-") as folder:
        return compare(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
