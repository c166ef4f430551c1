"""Writes what the fuzzer begins with into fuzz/corpus/, a folder for each target.

In: sample-logs/, and the exports and certificates of the tests. Out: small files, each of which shows
something else. It needs Python 3.8 or newer and nothing besides. It is run by fuzz/run.
"""

import csv
import gzip
import hashlib
import io
import pathlib
import random
import shutil
import struct
import subprocess
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
EXPORTS = [ROOT / "sample-logs", ROOT / "tests/it/powershell-exports", ROOT / "tests/it/collected"]
CERTIFICATES = [ROOT / "sample-logs", ROOT / "tests/it/certificates"]

# Longer inputs make the fuzzer slow.
LONGEST = 1000


def write(target, content):
    if 0 < len(content) <= (16384 if target == "digests" else 2048):
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ("seed-" + hashlib.sha1(content).hexdigest()[:16])).write_bytes(content)


def files(folders, *endings):
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix.lower() in endings:
                yield path.read_bytes()


def beginning(content, longest=LONGEST):
    """Whole lines from the beginning."""
    if len(content) <= longest:
        return content
    return content[: content.rfind(b"\n", 0, longest) + 1] or content[:longest]


def logs():
    for content in files([ROOT / "sample-logs"], ".log"):
        lines = content.splitlines(keepends=True)
        yield content, lines


def records():
    for number, (content, lines) in enumerate(logs()):
        write("records", bytes([number % 16]) + beginning(content))
        middle = len(lines) // 2
        write("records", bytes([number * 7 % 16]) + beginning(b"".join(lines[middle:]), 1000))


def rows():
    """The columns of the rows that are in UTF-8, session by session."""
    for content, _ in logs():
        sessions = {}
        text = content.decode("utf-8", "replace").replace("\0", "")
        for row in csv.reader(io.StringIO(text)):
            if len(row) == 9 and not row[0].startswith("#"):
                sessions.setdefault(row[2], []).append(row)
        yield from sessions.values()


def dialogues():
    for session in rows():
        lines = [row[6] + (row[7] or row[8]) for row in session if row[6] in "<>"]
        write("replies", beginning("\n".join(lines).encode()))
        lines = [
            (">\t" + row[7]) if row[6] == ">" else row[8] + "\t" + row[7]
            for row in session
            if row[6] == "*" or row[7].startswith("MAIL")
        ]
        write("certificate_rows", beginning("\n".join(lines).encode()))


def exports():
    for content in files(EXPORTS, ".json"):
        write("json", content)
    for content in files(EXPORTS, ".csv"):
        write("csv", beginning(content))
    for content in files(EXPORTS, ".xml"):
        write("clixml", content)
    for content in files(EXPORTS, ".txt", ".html"):
        write("format_list", beginning(content))
    for content in files([ROOT / "sample-logs"], ".log"):
        if b"[Client=" in content:
            lines = content.splitlines(keepends=True)
            for start in range(0, len(lines), 8):
                write("wizard_log", beginning(b"".join(lines[start:])))


def certificates():
    for content in files(CERTIFICATES, ".cer", ".crt", ".pem", ".p7b", ".csr"):
        write("certificate_files", content)


def sessions():
    """Usual sessions by the numbers of their rows in targets/sessions/rows.rs, and random ones."""
    usual = [0, 1, 2, 6, 9, 10, 16, 17, 24, 31, 43, 46, 47, 53, 49, 52, 63, 64, 3]
    chance = random.Random(1)
    for number in range(60):
        content = bytearray(chance.randrange(256) for _ in range(5))
        for _ in range(chance.choice([1, 2])):
            who = chance.randrange(4) + 48
            for place, row in enumerate(usual):
                if number % 3 and chance.random() < 0.3:
                    row = chance.randrange(66)
                numbered = 0 if number % 2 else 99 + place
                content += bytes([who, numbered, row, chance.randrange(220)])
        write("sessions", bytes(content))


def zipped(members, method=zipfile.ZIP_DEFLATED):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as out:
        for name, content in members:
            out.writestr(name, content)
    return archive.getvalue()


def zstd(content):
    if shutil.which("zstd") is None:
        return b""
    return subprocess.run(["zstd", "-qc"], input=content, stdout=subprocess.PIPE, check=True).stdout


def archives():
    texts = [beginning(content, 400) for content, _ in logs()][:8]
    texts += [beginning(content, 400) for content in files(EXPORTS, ".json")][:4]
    members = [(f"EX0{number}/SEND2026110301-{number}.LOG", text) for number, text in enumerate(texts)]
    small = members[:2]
    write("archives", zipped(small))
    write("archives", zipped(small, zipfile.ZIP_STORED))
    write("archives", zipped([]))
    write("archives", zipped([("a/", b""), ("a/b.LOG", texts[0]), ("..\\c", b"c"), ("/d", b"d")]))
    write("archives", zipped([("inner.zip", zipped(small)), ("log.gz", gzip.compress(texts[0], mtime=0))]))
    write("archives", zipped([("inner.zip", zipped([("more.zip", zipped(small))]))], zipfile.ZIP_STORED))
    write("archives", zipped([("[Content_Types].xml", b"<Types/>")]))
    write("archives", zipped([("zero", bytes(200_000))]))
    write("archives", zipped([("same", b"a"), ("SAME", b"b")]))
    write("archives", b"MZ" * 50 + zipped(small))
    # The method of a member: stored, Deflate64, bzip2, zstd, AES.
    archive = zipped(small[:1])
    at = archive.rfind(b"PK\x01\x02") + 10
    for method in [0, 9, 12, 93, 99]:
        write("archives", archive[:at] + struct.pack("<H", method) + archive[at + 2 :])
    for text in texts[:3]:
        write("archives", gzip.compress(text, mtime=0))
        write("archives", zstd(text))
    write("archives", gzip.compress(texts[0], mtime=0) + gzip.compress(texts[1], mtime=0))
    write("archives", gzip.compress(bytes(1_000_000), mtime=0))
    write("archives", zstd(bytes(1_000_000)))
    write("archives", texts[0].decode("utf-8", "replace").encode("utf-16"))


def digests():
    """The lines of a digest from the first on, and each kind of line behind those that it needs."""
    if shutil.which("zstd") is None:
        return
    for path in sorted((ROOT / "tests/it/digests").glob("*.digest")):
        unpacked = subprocess.run(["zstd", "-qdc", str(path)], stdout=subprocess.PIPE, check=True)
        lines = unpacked.stdout.splitlines(keepends=True)[:-1]
        for end in range(1, len(lines) + 1):
            write("digests", b"".join(lines[:end]))
        needed = [line for line in lines if line.startswith((b'{"type":"digest"', b'{"type":"stream"', b'{"type":"file"', b'{"type":"names"', b'{"type":"flow"'))]
        for line in lines:
            if line not in needed:
                write("digests", b"".join(needed) + line)


for seed in [records, dialogues, exports, certificates, sessions, archives, digests]:
    seed()
for folder in sorted(CORPUS.iterdir()):
    print(f"{folder.name}: {len(list(folder.glob('seed-*')))} seeds")
