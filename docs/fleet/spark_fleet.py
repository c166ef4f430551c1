#!/usr/bin/env python3
"""Runs sendlens on the logs of many servers with Apache Spark.

    spark-submit spark_fleet.py diagnose --program sendlens --logs LOGS -o report.html -- EXPORTS
    spark-submit spark_fleet.py sessions --program sendlens --logs LOGS -o SESSIONS

LOGS is a folder with one folder for each server. Each is one task, which runs the program where Spark
puts the task.

- `diagnose`: each task makes a digest and returns its bytes, and one `sendlens diagnose` on the driver
  reads all digests. What is behind `--` goes to it: exports, and options such as `--format json`. Its
  report is what one process would write that reads all logs.
- `sessions`: each task writes `SESSIONS/server=NAME/sessions.parquet`.

Needs PySpark 3.4 or newer, and no other package. LOGS and SESSIONS must be paths that the driver and all
workers can open, such as a share or a mounted lake. The program is copied to the workers by Spark.

A task that fails is run again as often as `spark.task.maxFailures` says (on a local master: `local[2,4]`
for four times). If it still fails, the others go on, and the server is named. The results of a task are
taken once, however often it ran: a digest is the value of the task, and a file of sessions has one name
and appears only when it is complete.

The exit code is the one of `sendlens diagnose`, or 0 for sessions; 2 if a server failed or could not be
read to its end; 3 if no server had logs.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Spark starts the workers with `python3` otherwise, which may be another version. It must be set before
# Spark begins, and a cluster may have set it already.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)

from pyspark import SparkFiles, TaskContext  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql.types import (  # noqa: E402
    BinaryType,
    LongType,
    StringType,
    StructField,
    StructType,
)

# Exit codes of sendlens.
NOT_READ_TO_THE_END = 2
NOTHING_USABLE = 3
# What became of a server, and the state that an exit code with an output means.
DONE, INCOMPLETE, NO_LOGS, FAILED = "done", "incomplete", "no logs", "failed"
STATES = {0: DONE, 1: DONE, NOT_READ_TO_THE_END: INCOMPLETE, NOTHING_USABLE: NO_LOGS}
# What a task returns. Without a schema, Spark would run tasks once to find it out, and once more for the
# result.
RESULT = StructType(
    [
        StructField("server", StringType(), nullable=False),
        StructField("state", StringType(), nullable=False),
        StructField("said", StringType(), nullable=False),
        StructField("bytes", LongType(), nullable=False),
        StructField("digest", BinaryType(), nullable=True),
    ]
)


class Task:
    """What a worker does with the folder of one server. Spark sends it to the workers."""

    def __init__(self, options: argparse.Namespace, attempts: int, threads: int) -> None:
        self.command = options.command
        self.program = Path(options.program).name
        self.since = options.since
        self.without_messages = getattr(options, "without_messages", False)
        self.sessions = options.output if self.command == "sessions" else None
        self.attempts = attempts
        self.threads = threads

    def __call__(self, folder: str) -> tuple:
        server = Path(folder).name
        try:
            return self.run(server, folder)
        except Exception as error:  # Any fault is one of this server only.
            # Spark runs the task again, perhaps on another worker, unless this was the last time.
            if TaskContext.get().attemptNumber() + 1 < self.attempts:
                raise
            return (server, FAILED, str(error), 0, None)

    def run(self, server: str, folder: str) -> tuple:
        """Runs the program. Raises RuntimeError or OSError if it fails."""
        name = "server.digest" if self.command == "diagnose" else "sessions.parquet"
        with tempfile.TemporaryDirectory(prefix="sendlens-") as temporary:
            output = Path(temporary, name)
            words = [str(self.find_program())]
            if self.command == "diagnose":
                words += ["digest", folder]
            else:
                words += ["sessions", folder, "--format", "parquet"]
            words += ["--output", str(output), "--server", server, "--threads", str(self.threads)]
            words += ["--progress", "never"]
            if self.without_messages:
                words += ["--without-messages"]
            if self.since:
                words += ["--since", self.since]
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            said = done.stderr.decode("utf-8", "replace").strip()
            if done.returncode == NOTHING_USABLE and not output.is_file():
                return (server, NO_LOGS, said, 0, None)
            if not output.is_file() or done.returncode not in STATES:
                raise RuntimeError(f"{server}: exit code {done.returncode}: {said}")
            state = STATES[done.returncode]
            if self.sessions is not None:
                return (server, state, said, self.keep(server, output), None)
            digest = output.read_bytes()
            return (server, state, said, len(digest), bytearray(digest))

    def find_program(self) -> Path:
        """The copy of this worker."""
        program = Path(SparkFiles.get(self.program))
        if not os.access(program, os.X_OK):
            program.chmod(0o755)
        return program

    def keep(self, server: str, output: Path) -> int:
        """Puts a file of sessions where Spark and DuckDB look for it, whole or not at all.

        A second attempt replaces the file of the first one. Readers ignore names that begin with `_`."""
        folder = Path(self.sessions, f"server={server}")
        folder.mkdir(parents=True, exist_ok=True)
        size = output.stat().st_size
        part = folder / f"_{TaskContext.get().taskAttemptId()}.part"
        try:
            with output.open("rb") as source, part.open("wb") as target:
                while piece := source.read(1 << 20):
                    target.write(piece)
            os.replace(part, folder / output.name)
        finally:
            part.unlink(missing_ok=True)
        return size


def attempts_of(master: str, configured: str) -> int:
    """How often Spark runs a task that fails. A local master has its own number, by default one."""
    if re.fullmatch(r"local(\[[^,\]]*\])?", master):
        return 1
    local = re.fullmatch(r"local\[[^,\]]*,\s*(\d+)\]", master)
    return int(local.group(1) if local else configured)


def servers_below(logs: str) -> list[str]:
    """The folders of the servers. Hidden ones, and those of Spark, are none."""
    folders = (entry for entry in os.scandir(logs) if entry.is_dir())
    return sorted(entry.path for entry in folders if not entry.name.startswith((".", "_")))


def run_tasks(spark: SparkSession, folders: list[str], options: argparse.Namespace) -> list:
    """One row for each server, in the order of their names."""
    context = spark.sparkContext
    context.addFile(str(Path(options.program).resolve()))
    attempts = attempts_of(context.master, context.getConf().get("spark.task.maxFailures", "4"))
    # A task may use the processors that Spark counts for it, and no more.
    threads = int(context.getConf().get("spark.task.cpus", "1"))
    task = Task(options, attempts, threads)
    results = context.parallelize(folders, len(folders)).map(task)
    return spark.createDataFrame(results, RESULT).collect()


def tell(rows: list) -> None:
    """Says on standard error which servers gave something, and why the others did not."""
    given = sum(row.state in (DONE, INCOMPLETE) for row in rows)
    total = sum(row.bytes for row in rows)
    print(f"{given} of {len(rows)} servers gave {total:,} bytes.", file=sys.stderr)
    for row in rows:
        if row.state != DONE:
            said = " ".join(row.said.split())
            print(f"{row.server}: {row.state}. {said}", file=sys.stderr)


def diagnose(rows: list, options: argparse.Namespace) -> int:
    """One diagnosis of all digests. Returns its exit code."""
    with tempfile.TemporaryDirectory(prefix="sendlens-") as temporary:
        folder = Path(options.digests or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        words = [str(Path(options.program).resolve()), "diagnose"]
        for row in rows:
            if row.digest is not None:
                file = folder / f"{row.server}.digest"
                file.write_bytes(row.digest)
                words.append(str(file))
        if options.output:
            words += ["--output", options.output]
        return subprocess.run(words + options.rest, check=False).returncode


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options. Raises SystemExit if they are wrong."""
    rest = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, rest = arguments[:at], arguments[at + 1 :]
    parser = argparse.ArgumentParser(description="Runs sendlens on the logs of many servers.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, output in (("diagnose", "the report"), ("sessions", "the folder of sessions")):
        command = commands.add_parser(name)
        command.add_argument("--program", required=True, help="sendlens for the workers' system")
        command.add_argument("--logs", required=True, help="a folder with a folder for each server")
        command.add_argument("--since", help="a time or date; the same for all servers")
        command.add_argument("-o", "--output", required=name == "sessions", help=output)
        if name == "diagnose":
            command.add_argument("--digests", help="a folder that keeps the digests")
            command.add_argument(
                "--without-messages",
                action="store_true",
                help="much smaller digests, whose diagnosis does not count the messages of an incident",
            )
    options = parser.parse_args(arguments)
    options.rest = rest
    if rest and options.command == "sessions":
        parser.error("only diagnose takes more arguments behind --")
    # `3d` counts from the last line of each server, so each would have another period.
    if options.since and re.fullmatch(r"\d+[a-z]", options.since):
        parser.error("--since needs a time or date")
    if options.command == "sessions":
        if os.path.isdir(options.output) and os.listdir(options.output):
            parser.error(f"{options.output} is not empty")
        options.output = os.path.abspath(options.output)
    options.logs = os.path.abspath(options.logs)
    return options


def main() -> int:
    options = parse(sys.argv[1:])
    folders = servers_below(options.logs)
    if not folders:
        print(f"{options.logs} has no folders of servers.", file=sys.stderr)
        return NOTHING_USABLE
    begun = time.monotonic()
    spark = SparkSession.builder.appName(f"sendlens {options.command}").getOrCreate()
    try:
        rows = run_tasks(spark, folders, options)
    finally:
        spark.stop()
    tell(rows)
    print(f"Spark took {time.monotonic() - begun:.1f} s.", file=sys.stderr)
    if not any(row.state in (DONE, INCOMPLETE) for row in rows):
        failed = any(row.state == FAILED for row in rows)
        return NOT_READ_TO_THE_END if failed else NOTHING_USABLE
    code = 0
    if options.command == "diagnose":
        code = diagnose(rows, options)
    if any(row.state in (INCOMPLETE, FAILED) for row in rows):
        code = NOT_READ_TO_THE_END
    elif options.command == "sessions":
        # As Spark itself marks a folder that is complete.
        Path(options.output, "_SUCCESS").touch()
    return code


if __name__ == "__main__":
    sys.exit(main())
