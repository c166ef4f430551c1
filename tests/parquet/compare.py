"""Compares the Parquet file of `sessions`, read by DuckDB, with NDJSON of the same input.

Arguments: the program, and a folder to write to. It runs in the folder of the project.
"""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb

SAMPLES = Path("sample-logs")

# The names of docs/json.md, and what DuckDB calls them.
TYPES = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "boolean": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "list of strings": "VARCHAR[]",
}


def run(program: str, *arguments: str) -> str:
    done = subprocess.run([program, "sessions", *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"sessions {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def records(program: str, arguments: list[str]) -> list[dict]:
    """The records of NDJSON, with a null for each field that may be left out."""
    found = [json.loads(line) for line in run(program, *arguments).splitlines()]
    for record in found:
        record.setdefault("attribution", None)
        record.setdefault("proxy", None)
        for name in ("certificate", "remote_certificate"):
            if record[name] is not None:
                record[name].setdefault("subject_and_issuer", None)
    return found


def rows(database: duckdb.DuckDBPyConnection, file: Path) -> list[dict]:
    query = "SELECT * EXCLUDE file_row_number FROM read_parquet(?, file_row_number = true) ORDER BY file_row_number"
    result = database.execute(query, [str(file)])
    names = [column[0] for column in result.description]
    return [plain(dict(zip(names, row))) for row in result.fetchall()]


def plain(value):
    """A value of DuckDB as JSON has it."""
    if isinstance(value, datetime):
        if value.utcoffset().total_seconds() != 0 or value.microsecond % 1000 != 0:
            sys.exit(f"{value!r} is not UTC to the millisecond")
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def compare(program: str, database: duckdb.DuckDBPyConnection, file: Path, *arguments: str) -> int:
    run(program, *arguments, "-o", str(file))
    found, wanted = rows(database, file), records(program, list(arguments))
    what = " ".join(arguments)
    if len(found) != len(wanted):
        sys.exit(f"{what}: {len(found)} rows, and {len(wanted)} records")
    for number, (row, record) in enumerate(zip(found, wanted)):
        if row != record:
            sys.exit(f"{what}: row {number} is\n{row}\nand the record is\n{record}")
    return len(found)


def documented_types() -> dict[str, str]:
    """The columns that docs/json.md lists, as DuckDB describes them."""
    page = Path("docs/json.md").read_text(encoding="utf-8")
    section = page.split("\n### Parquet\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (?:yes|no) \|$", section, re.MULTILINE)
    fields: dict[str, list[str]] = {}
    columns = {}
    for path, kind in listed:
        above, _, name = path.replace("[]", "").rpartition(".")
        if above:
            fields.setdefault(above, []).append(f"{name} {TYPES[kind]}")
        else:
            columns[name] = kind
    structs = {"struct": "STRUCT({})", "list of structs": "STRUCT({})[]"}
    return {
        name: structs[kind].format(", ".join(fields[name])) if kind in structs else TYPES[kind]
        for name, kind in columns.items()
    }


def check_types(database: duckdb.DuckDBPyConnection, file: Path) -> None:
    described = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    # DuckDB quotes the names that are words of SQL.
    found = {name: kind.replace('"', "") for name, kind, *_ in described}
    wanted = documented_types()
    if found != wanted or list(found) != list(wanted):
        sys.exit(f"the columns are\n{found}\nand docs/json.md lists\n{wanted}")


def check_recipes(database: duckdb.DuckDBPyConnection, file: Path) -> int:
    page = Path("docs/recipes.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    for query in queries:
        if "'sessions.parquet'" not in query:
            sys.exit(f"a query of another file:\n{query}")
        found = database.execute(query.replace("sessions.parquet", str(file))).fetchall()
        if not found:
            sys.exit(f"nothing found by\n{query}")
    if len(queries) < 3:
        sys.exit(f"only {len(queries)} queries in docs/recipes.md")
    return len(queries)


def main() -> None:
    program, folder = sys.argv[1], Path(sys.argv[2])
    file = folder / "sessions.parquet"
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    cases = sorted(path for path in SAMPLES.iterdir() if any(path.rglob("SEND*.LOG")))
    sessions = 0
    for case in cases:
        sessions += compare(program, database, file, str(case))
        compare(program, database, file, "--redact", str(case))
    if sessions < 300:
        sys.exit(f"only {sessions} sessions in {len(cases)} cases")
    nothing = compare(program, database, file, "--connector", "no such connector", str(cases[0]))
    if nothing != 0:
        sys.exit(f"{nothing} rows of no session")
    check_types(database, file)
    together = compare(program, database, file, str(SAMPLES))
    check_types(database, file)
    queries = check_recipes(database, file)
    print(
        f"DuckDB {duckdb.__version__} reads {sessions} sessions of {len(cases)} cases, and "
        f"{together} of all cases together, as NDJSON has them. {queries} queries found something."
    )


if __name__ == "__main__":
    main()
