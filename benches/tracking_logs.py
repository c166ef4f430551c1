#!/usr/bin/env python3
"""Writes the message tracking logs that belong to a generated corpus of send logs.

    python3 benches/tracking_logs.py CORPUS [--bytes N]

For each message of the send logs that names its message id, it writes what Exchange would: a RECEIVE
row, a SENDEXTERNAL row for the recipients that were taken, a FAIL row for each that was rejected, and the
DSN row of the report. The files are in CORPUS/SERVER/MessageTracking. With --bytes, rows of internal
mail fill them up to this size, all servers together.
"""

import argparse
import json
import sys
from pathlib import Path

HEADER = (
    "\ufeff#Software: Microsoft Exchange Server\r\n"
    "#Version: 15.02.1748.010\r\n"
    "#Log-type: Message Tracking Log\r\n"
    "#Date: {date}\r\n"
    "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,"
    "connector-id,source,event-id,internal-message-id,message-id,network-message-id,"
    "recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,"
    "reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,"
    "original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version\r\n"
)
# As large as Exchange lets a file grow.
LARGEST = 10_000_000


class Files:
    """The tracking logs of one server."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.file, self.left = folder, None, 0
        self.names, self.bytes, self.rows, self.serial = {}, 0, 0, 0

    def add(self, time, **columns):
        self.serial += 1
        self.rows += 1
        of = lambda name: columns.get(name, "")
        number = f"{self.serial:012x}"
        row = (
            f"{time},{of('client')},{of('server')},{of('peer_ip')},{of('peer')},{of('context')},"
            f"{of('connector')},{of('source')},{of('event')},{of('internal')},{of('id')},"
            f"6f1c0c9e-5a41-4d0b-9b7e-{number},{of('to')},{of('status')},{of('size')},{of('count')},,"
            f"{of('reference')},Offer {self.serial},{of('sender')},{of('path')},{of('info')},Originating,,"
            f"10.0.4.17,10.0.0.5,{of('custom')},Email,7b0c2c55-0d0e-4a39-8a55-{number},15.02.1748.010\r\n"
        ).encode()
        if self.left < len(row):
            self.roll(time)
        self.file.write(row)
        self.left -= len(row)
        self.bytes += len(row)

    def roll(self, time):
        if self.file:
            self.file.close()
        day = time[:10].replace("-", "")
        number = self.names[day] = self.names.get(day, 0) + 1
        self.file = open(self.folder / f"MSGTRK{day}-{number}.LOG", "wb")
        head = HEADER.format(date=time).encode()
        self.file.write(head)
        self.left = LARGEST - len(head)
        self.bytes += len(head)


class Message:
    def __init__(self, name):
        self.id, self.sender, self.size = name, "", "0"
        self.asked, self.taken, self.refused = [], [], []


def follow(log, server, files, counts):
    """Reads one send log, and writes the rows of its messages."""
    sessions = {}
    with open(log, encoding="utf-8-sig", newline="") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            parts = line.rstrip("\r\n").split(",", 7)
            if len(parts) < 8:
                continue
            time, connector, session, _, _, remote, event, data = parts
            if event == "*":
                at = data.find("InternetMessageId ")
                if at >= 0:
                    name = data[at + 18 :].rstrip(",")
                    sessions[session] = Message(name)
                elif "sending message" in data:
                    sessions.pop(session, None)
                continue
            message = sessions.get(session)
            if message is None:
                continue
            if event == "-":
                del sessions[session]
            elif event == ">":
                command(message, data)
                if data.startswith("RSET"):
                    end(message, time, connector, server, remote, files, counts)
                    del sessions[session]
            elif event == "<" and reply(message, data):
                end(message, time, connector, server, remote, files, counts)
                del sessions[session]


def command(message, data):
    if data.startswith("MAIL FROM:<"):
        message.sender, _, rest = data[11:].partition(">")
        message.size = rest.partition("SIZE=")[2].split(",")[0].split(" ")[0] or "0"
    elif data.startswith("RCPT TO:<"):
        message.asked.append(data[9:].partition(">")[0])


def reply(message, data):
    """Whether the reply ends the message."""
    text = data.lstrip('"')
    if text.startswith("250 2.1.5"):
        message.taken.append(message.asked.pop(0))
    elif text[:1] == "5" and message.asked:
        message.refused.append((message.asked.pop(0), text.rstrip(",").rstrip('"')))
    return text.startswith(("250 2.6.0", "250 2.0.0 Ok: queued"))


def end(message, time, connector, server, remote, files, counts):
    counts["messages"] += 1
    count = len(message.taken) + len(message.refused)
    everyone = ";".join(message.taken + [to for to, _ in message.refused])
    sender = message.sender or "<>"
    common = dict(
        id=message.id, internal=str(counts["messages"]), size=message.size, count=str(count),
        sender=sender, path=sender, server=server, client="10.0.0.5", source="SMTP",
    )
    files.add(time, **{**common, "event": "RECEIVE", "to": everyone, "connector": f"{server}\\Default {server}",
                       "info": "0cA: ", "context": "08DF3E00890BE9A1"})
    sent = {**common, "connector": connector, "peer_ip": remote.split(":")[0],
            "peer": "contoso-com.mail.protection.outlook.com",
            "info": f"{time};LSRV={server}.contoso.com:TOTAL-HUB=2.5|SMS=0.3",
            "custom": "S:ExternalSendLatency=0.402;S:ToEntity=Internet;S:IsSmtpResponseFromExternalServer=True"}
    if message.taken:
        status = ";".join("250 2.1.5 Recipient OK" for _ in message.taken)
        context = f'";250 2.6.0 {message.id} [InternalId=5450313518243, Hostname=AS8P193MB0001.EURP193.PROD.OUTLOOK.COM] 7001 bytes in 0.101, 67.689 KB/sec Queued mail for delivery;ClientSubmitTime:"'
        files.add(time, **{**sent, "event": "SENDEXTERNAL", "to": ";".join(message.taken), "status": status,
                           "count": str(len(message.taken)), "context": context})
    for number, (to, text) in enumerate(message.refused):
        counts["failed"] += 1
        report = f"<report-{counts['failed']}@{server}.contoso.local>"
        status = f"[{{LED={text}}};{{MSG=}};{{FQDN=contoso-com.mail.protection.outlook.com}};{{IP=192.0.2.36}};{{LRT=11/2/2026 7:20:00 AM}}]"
        if '"' in status or "," in status:
            status = '"' + status.replace('"', '""') + '"'
        files.add(time, **{**sent, "event": "FAIL", "to": to, "status": status, "count": "1",
                           "reference": report if sender != "<>" else ""})
        if sender != "<>":
            files.add(time, source="DSN", event="DSN", id=report, internal=f"9{counts['failed']}",
                      to=sender, size="12040", count="1", reference=message.id, peer=server, path="<>",
                      sender="MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.com",
                      context="Failure")


def fill(files, server, most, time):
    """Adds mail between own mailboxes."""
    while files.bytes < most:
        name = f"<{files.serial:016x}@{server}.contoso.com>"
        common = dict(id=name, internal=str(files.serial), to="anna@contoso.com", size="20113", count="1",
                      sender="ben@contoso.com", path="ben@contoso.com", server=server)
        files.add(time, **common, source="STOREDRIVER", event="RECEIVE", info="0cI: ")
        files.add(time, **common, source="STOREDRIVER", event="DELIVER", peer=server,
                  context="08DF3E00890BE9A1;2026-11-18T07:20:01.730Z;ClientSubmitTime:", status="")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("--bytes", type=int, default=0)
    given = arguments.parse_args()
    servers = sorted({log.relative_to(given.corpus).parts[0] for log in given.corpus.rglob("SEND*.LOG")})
    if not servers:
        sys.exit(f"tracking_logs.py: there are no send logs below {given.corpus}")
    counts = {"messages": 0, "failed": 0}
    written = rows = 0
    for server in servers:
        files = Files(given.corpus / server / "MessageTracking")
        logs = sorted((given.corpus / server).rglob("SEND*.LOG"))
        for log in logs:
            follow(log, server, files, counts)
        fill(files, server, given.bytes // len(servers), "2026-11-02T23:00:00.000Z")
        if files.file:
            files.file.close()
        written, rows = written + files.bytes, rows + files.rows
    print(json.dumps({"bytes": written, "rows": rows, **counts}))


main()
