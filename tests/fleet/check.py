"""Compares the Spark job with one process. Called by tests/fleet.sh.

    python3 tests/fleet/check.py PROGRAM CORPUS WORK

CORPUS is what `cargo run --example generate` wrote: a folder for each server, and the exports of the
tenant. In WORK are the folder of servers that the job sees, its outputs, and what the tasks called.

Spark runs a stand-in of the program, which notes each call and can fail for a server after the work is
done: so a failure that comes late must not count twice.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent.parent
JOB = ROOT / "docs/fleet/spark_fleet.py"
# A server whose task fails once, and one whose task always fails.
FAILS_ONCE, FAILS_ALWAYS = "EX07", "EX08"
# Servers without a log, and with a log that holds only header lines.
EMPTY, HEADER_ONLY = "EX90", "EX91"
FORMATS = ["json", "ndjson", "csv", "text", "markdown", "html"]
TASK_TRIES = 4
# A line of Spark's own log, and of the trace of an exception in it.
SPARK_LINE = re.compile(r"\d\d/\d\d/\d\d |\tat |\s*File |WARNING: ")

STAND_IN = """#!/bin/sh
# Notes the call of a task and does what the program does.
server=
before=
for word in "$@"; do
  [ "$before" = --server ] && server=$word
  before=$word
done
echo "$1 $server" >>'{calls}'
'{program}' "$@"
code=$?
if [ "$server" = '{once}' ] && mkdir '{marks}/once-'"$1" 2>/dev/null; then exit 137; fi
if [ -n "$server" ] && [ "$server" = '{always}' ]; then exit 137; fi
exit "$code"
"""


def fail(text: str) -> None:
    sys.exit(f"check.py: {text}")


def require(holds: bool, text: str) -> None:
    if not holds:
        fail(text)


class Play:
    """A folder of servers, and a stand-in of the program."""

    def __init__(self, program: Path, corpus: Path, work: Path) -> None:
        self.program = program.resolve()
        self.work = work.resolve()
        self.logs = self.work / "logs"
        self.exports = self.work / "exports"
        self.work.mkdir(parents=True)
        shutil.copytree(corpus, self.logs)
        shutil.move(self.logs / "tenant", self.exports)
        self.servers = sorted(entry.name for entry in self.logs.iterdir())
        (self.logs / EMPTY / "Hub").mkdir(parents=True)
        (self.logs / HEADER_ONLY / "Hub").mkdir(parents=True)
        source = next((self.logs / self.servers[0] / "Hub").iterdir())
        header = [line for line in source.read_bytes().splitlines(True) if line.startswith(b"#")]
        (self.logs / HEADER_ONLY / "Hub" / source.name).write_bytes(b"".join(header))

    def stand_in(self, name: str, always: str = "") -> tuple[Path, Path]:
        """A program for the tasks, and the file in which it notes its calls."""
        folder = self.work / name
        (folder / "marks").mkdir(parents=True)
        calls = folder / "calls"
        calls.touch()
        stand_in = folder / "sendlens"
        stand_in.write_text(
            STAND_IN.format(
                calls=calls,
                program=self.program,
                marks=folder / "marks",
                once=FAILS_ONCE,
                always=always,
            )
        )
        stand_in.chmod(0o755)
        return stand_in, calls

    def spark(self, program: Path, words: list[str]) -> subprocess.CompletedProcess:
        """Runs the job in two threads of this machine, with each task tried as often as on a cluster."""
        command = ["spark-submit", "--master", f"local[2,{TASK_TRIES}]"]
        # The interface for browsers would open a port.
        command += ["--conf", "spark.ui.enabled=false", "--conf", "spark.driver.memory=1g"]
        command += [str(JOB), words[0], "--program", str(program), "--logs", str(self.logs)]
        begun = time.monotonic()
        done = subprocess.run(command + words[1:], capture_output=True, check=False)
        print(f"  {words[0]}: {time.monotonic() - begun:.1f} s", flush=True)
        (self.work / "spark.log").write_bytes(done.stderr)
        return done

    def alone(self, *words: str | Path) -> subprocess.CompletedProcess:
        """Runs the program itself."""
        return subprocess.run([self.program, *words], capture_output=True, check=False)


def said(done: subprocess.CompletedProcess) -> str:
    """What it said, without the log of Spark. `spark-submit` writes what the job says on standard output."""
    lines = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if not SPARK_LINE.match(line))


def check_calls(calls: Path, command: str, play: Play) -> None:
    """Each server was asked once, and the one that failed twice."""
    found = Counter(calls.read_text().split("\n")[:-1])
    wanted = Counter(f"{command} {server}" for server in [*play.servers, EMPTY, HEADER_ONLY])
    wanted[f"{command} {FAILS_ONCE}"] = 2
    require(found == wanted, f"{command}: the tasks called {found - wanted} more, {wanted - found} less")


def without_servers(report: bytes) -> bytes:
    """A report without the folder of the server in the names of files. A digest names files relative to the
    folder that it was made of. Where two servers have files of one name, the server stands in front."""
    return re.sub(rb"EX\d\d/(?=Hub/SEND)", b"", report)


def check_diagnose(play: Play) -> None:
    """The reports of all formats, byte for byte, and the exit code."""
    program, calls = play.stand_in("diagnose")
    digests = play.work / "digests"
    report = play.work / "report.json"
    options = ["--format", "json"]
    words = ["diagnose", "--digests", str(digests), "--output", str(report)]
    done = play.spark(program, [*words, "--", str(play.exports), *options])
    whole = play.alone("diagnose", play.logs, play.exports, *options)
    require(done.returncode == whole.returncode, f"exit code {done.returncode}: {said(done)}")
    require(without_servers(report.read_bytes()) == without_servers(whole.stdout), "JSON differs")
    # The call of the reduce is the one without a server.
    lines = calls.read_text().replace("diagnose \n", "", 1)
    calls.write_text(lines)
    check_calls(calls, "digest", play)
    for server in (EMPTY, HEADER_ONLY):
        require(f"{server}: no logs." in said(done), f"{server} is not named: {said(done)}")
    files = sorted(path.stem for path in digests.iterdir())
    # A log of header lines alone is a server too: the report says that it logs nothing.
    require(files == [*play.servers, HEADER_ONLY], f"digests of {files}")

    # The story of the generator is one incident on all servers.
    found = json.loads(report.read_text())
    streams = {stream for incident in found["incidents"] for stream in incident["streams"]}
    enough = len(streams) == len(play.servers) and found["rejected"]["sessions"] > 100
    require(enough, f"the logs hold too little to compare: {found['rejected']} on {len(streams)} streams")
    for form in FORMATS:
        parts = play.alone("diagnose", *sorted(digests.iterdir()), play.exports, "--format", form)
        whole = play.alone("diagnose", play.logs, play.exports, "--format", form)
        same = without_servers(parts.stdout) == without_servers(whole.stdout)
        require(same, f"the report differs in {form}")
        require(parts.returncode == whole.returncode, f"the exit code differs in {form}")
    logs = sum(path.stat().st_size for path in play.logs.rglob("*.LOG"))
    size = sum(path.stat().st_size for path in digests.iterdir())
    print(f"  {len(files)} digests: {size:,} bytes of {logs:,} bytes of logs ({logs / size:.0f} times)")


def check_sessions(play: Play) -> None:
    """The rows, read back with DuckDB and with Spark."""
    program, calls = play.stand_in("sessions")
    folder = play.work / "parquet"
    done = play.spark(program, ["sessions", "--output", str(folder)])
    require(done.returncode == 0, f"exit code {done.returncode}: {said(done)}")
    check_calls(calls, "sessions", play)
    require((folder / "_SUCCESS").is_file(), "the folder is not marked as complete")
    files = sorted(folder.rglob("*.parquet"))
    named = [path.parent.name.removeprefix("server=") for path in files]
    # Header lines alone are a log without sessions: a file with all columns and no row.
    require(named == [*play.servers, HEADER_ONLY], f"files of {named}")
    left = [path.name for path in folder.rglob("_*.part")]
    require(not left, f"left over: {left}")

    whole = play.work / "whole.parquet"
    done = play.alone("sessions", play.logs, "--format", "parquet", "--output", whole)
    require(done.returncode in (0, 1), said(done))
    compare_with_duckdb(folder, whole)
    compare_with_spark(folder, whole)


def compare_with_duckdb(folder: Path, whole: Path) -> None:
    parts = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
    # The rows of one process name the server in the path of the file.
    columns = "* REPLACE (regexp_replace(file, '^EX\\d\\d/', '') AS file)"
    database = duckdb.connect()
    database.sql(f"CREATE VIEW parts AS SELECT * EXCLUDE (server) FROM {parts}")
    database.sql(f"CREATE VIEW whole AS SELECT {columns} FROM read_parquet('{whole}')")
    count = {}
    for name, query in {
        "parts": "parts",
        "whole": "whole",
        "more": "(SELECT * FROM parts EXCEPT ALL SELECT * FROM whole)",
        "less": "(SELECT * FROM whole EXCEPT ALL SELECT * FROM parts)",
    }.items():
        count[name] = database.sql(f"SELECT count(*) FROM {query}").fetchall()[0][0]
    require(count["whole"] > 1000, f"only {count['whole']} sessions")
    require(count["more"] == count["less"] == 0, f"DuckDB finds other sessions: {count}")
    # The partition is the server that the stream names.
    other = database.sql(f"SELECT count(*) FROM {parts} WHERE NOT starts_with(stream, server || '/')")
    require(other.fetchall()[0][0] == 0, "sessions lie in the folder of another server")
    print(f"  DuckDB: {count['parts']:,} sessions are the same")


def compare_with_spark(folder: Path, whole: Path) -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import regexp_replace

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    parts = spark.read.parquet(str(folder)).drop("server")
    rows = spark.read.parquet(str(whole))
    rows = rows.withColumn("file", regexp_replace("file", r"^EX\d\d/", ""))
    require(parts.schema == rows.schema, f"Spark finds other columns: {parts.schema}")
    more, less = parts.exceptAll(rows).count(), rows.exceptAll(parts).count()
    require(more == less == 0, f"Spark finds {more} sessions more and {less} less")
    print(f"  Spark: {parts.count():,} sessions are the same")
    spark.stop()


def check_failure(play: Play) -> None:
    """A server that always fails is named, and does not stop the others."""
    program, calls = play.stand_in("failing", always=FAILS_ALWAYS)
    digests = play.work / "failing-digests"
    done = play.spark(program, ["diagnose", "--digests", str(digests), "--", str(play.exports)])
    require(done.returncode == 2, f"exit code {done.returncode}: {said(done)}")
    require(f"{FAILS_ALWAYS}: failed." in said(done), f"it is not named: {said(done)}")
    tries = calls.read_text().count(f"digest {FAILS_ALWAYS}\n")
    require(tries == TASK_TRIES, f"it was tried {tries} times")
    files = {path.stem for path in digests.iterdir()}
    wanted = {*play.servers, HEADER_ONLY} - {FAILS_ALWAYS}
    require(files == wanted, f"digests of {sorted(files)}")


def check_nothing(play: Play) -> None:
    """Servers without logs are no failure of the job, but nothing to judge either."""
    for server in play.servers:
        shutil.rmtree(play.logs / server)
    program, _ = play.stand_in("nothing")
    done = play.spark(program, ["diagnose"])
    require(done.returncode == 3, f"exit code {done.returncode}: {said(done)}")


def main() -> None:
    program, corpus, work = (Path(word) for word in sys.argv[1:4])
    play = Play(program, corpus, work)
    require(len(play.servers) == 50, f"{len(play.servers)} servers")
    for check in (check_diagnose, check_sessions, check_failure, check_nothing):
        print(f"{check.__doc__.splitlines()[0]}", flush=True)
        check(play)


if __name__ == "__main__":
    main()
