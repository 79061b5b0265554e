"""`./dev bench ingest --feeds [ID,...]`: the bars of ingest for the ten feeds that bring a national team most rows.

A report is made of the feed's own example: its records in turn, each with other addresses (those of the simulated nation,
so that rows are attributed), times, host names and identifiers; every tenth row is one of before once more. The baseline
is DuckDB alone on the same file: its CSV reader, its JSON reader, or for log lines one regular expression for each text that
the feed takes out of a line. `cpu_ratio` divides the processor time of both, and holds when others use the machine too;
the time for starting up, with the nation's tables, is measured with the example itself and taken off.
"""
import csv
import hashlib
import itertools
import os
import random
import re
import shutil
import subprocess
import sys

import duck
from tools import PROGRAM, SOURCE, measured, simulate

# By what national teams get in a day: Shadowserver's population scans and events, then shared platforms, then sensors.
FEEDS = {"shadowserver/scan_ssl": "csv", "shadowserver/scan_http": "csv", "shadowserver/device_id": "csv",
         "shadowserver/event4_sinkhole": "csv", "shadowserver/event4_honeypot_brute_force": "csv", "n6/json": "json",
         "suricata/eve": "json", "cowrie/json": "json", "bind/rpz": "log", "generic/cef": "log"}

BARS = {"rows_per_second": (150_000, "at least"), "ratio_to_duckdb": (0.5, "at least"), "cpu_ratio": (0.5, "at least"),
        "memory_mb": (600, "at most")}

CEF_KEYS = ["src", "spt", "dst", "dpt", "proto", "app", "act", "rt", "suser", "duser", "fileHash", "cs1"]
TAKEN = {  # regular expressions of DuckDB's dialect; the first as the feed has it
    "bind/rpz": [r"^(?:\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2})(?:\.\d+)? .*?client (?:@0x[0-9a-f]+ )?([0-9A-Fa-f.:]+)#",
                 r"^(\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2})", r"#(\d+) \(", r"rpz (\S+) \S+ rewrite", r"rpz \S+ (\S+) rewrite",
                 r" rewrite ([^/ ]+)", r" via (\S+)"],
    "generic/cef": [r"CEF:\d\|([^|]*)\|", r"CEF:\d\|[^|]*\|([^|]*)\|", r"CEF:\d\|(?:[^|]*\|){3}([^|]*)\|",
                    r"CEF:\d\|(?:[^|]*\|){4}([^|]*)\|", r"CEF:\d\|(?:[^|]*\|){5}([^|]*)\|", *(rf"[ |]{key}=(\S+)" for key in CEF_KEYS)]}

VARIED = re.compile(r"(?P<net>\d{1,3}(?:\.\d{1,3}){3}/\d+)|(?P<ip>(?<![\d.])(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}(?![\d.]))"
                    r"|(?P<sixth>2001:db8:[0-9a-f]+::[0-9a-f]+)|(?P<clock>(?<=[T ])\d\d:\d\d:\d\d)|(?P<epoch>\b1[67]\d{8}\b)"
                    r"|(?P<print>\b(?:[0-9A-F]{2}:){15,31}[0-9A-F]{2}\b)|(?P<hex>\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{12,64}\b)"
                    r"|(?P<host>host-\d+)")


def records_of(example, kind):
    """(header or None, records): as they stand there, a quoted one with its lines."""
    records, open_record = [], ""
    for line in example.read_text().splitlines():
        open_record = f"{open_record}\n{line}" if open_record else line
        if kind != "csv" or open_record.count('"') % 2 == 0:
            records.append(open_record)
            open_record = ""
    return (records[0], records[1:]) if kind == "csv" else (None, records)


def template(record):
    """A format of % with what is varied by name. The first address of a record is the one it is about."""
    addresses = {}

    def named(match):
        kind, text = match.lastgroup, match.group()
        if kind == "ip":
            return f"%(ip{min(addresses.setdefault(text, len(addresses)), 2)})s"
        return f"%({kind}{len(text)})s" if kind == "hex" else f"%({kind})s"

    return VARIED.sub(named, record.replace("%", "%%"))


class Values(dict):
    """What one row puts into its record: made when asked for."""

    def __init__(self, number, pool):
        super().__init__()
        self.number, self.pool = number, pool

    def __missing__(self, name):
        return getattr(self, name.rstrip("0123456789"))(name)

    def ip(self, name):
        return self.pool[(self.number + 7919 * int(name[2:])) % len(self.pool)]

    def net(self, _):
        return self.pool[self.number % len(self.pool)].rsplit(".", 1)[0] + ".0/24"

    def clock(self, _):
        second = self.number % 86400
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    def epoch(self, _):
        return str(1795219200 + self.number % 86400)

    def digest(self):
        return hashlib.sha256(str(self.number).encode())

    def hex(self, name):
        return self.digest().hexdigest()[:int(name[3:])]

    def print(self, _):
        return self.digest().digest()[:20].hex(":").upper()

    def sixth(self, _):
        return f"2001:db8:{self.number >> 16:x}::{self.number & 0xffff:x}"

    def host(self, _):
        return f"host-{self.number}"


def make_report(feed, rows, pool, folder):
    """Where it is: so many records."""
    kind = FEEDS[feed]
    example = next((SOURCE / "feeds").glob(f"{feed}.example.*"))
    header, records = records_of(example, kind)
    templates = [template(record) for record in records]
    chance = random.Random(7)
    path = folder / f"{feed.replace('/', '-')}.{kind}"
    with path.open("w") as out:
        if header is not None:
            out.write(header + "\n")
        for i in range(rows):
            number = chance.randrange(i) if i % 10 == 9 else i
            out.write(templates[number % len(templates)] % Values(number, pool) + "\n")
    return path


def select(feed, path):
    kind = FEEDS[feed]
    if kind == "csv":
        return f"SELECT * FROM read_csv('{path}', all_varchar=false)"
    if kind == "json":
        return f"SELECT * FROM read_json('{path}', format='newline_delimited')"
    taken = ", ".join("regexp_extract(line, '{}', 1) AS c{}".format(expression.replace("'", "''"), i)
                      for i, expression in enumerate(TAKEN[feed]))
    return (f"SELECT {taken} FROM read_csv('{path}', columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', "
            "header=false, auto_detect=false)")


def one(feed, rows, pool, nation, folder):
    """The figures of one feed."""
    data = folder / feed.replace("/", "-")
    common = ["--config", str(folder / "tocsin.toml"), "--data", str(data)]
    subprocess.run([PROGRAM, "init", *common], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([PROGRAM, "org", "import", str(nation / "constituency.json"), *common], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    few = make_report(feed, 20, pool, folder)
    command = [PROGRAM, "ingest", "--json", "--feed", feed]
    _, _, start = measured([*command, str(few), *common])
    path = make_report(feed, rows, pool, folder)
    baseline = duck.table(select(feed, path), folder)
    totals, memory, cpu = measured([*command, str(path), *common])
    if totals["rejected"] or not totals["events"]:
        sys.exit(f"{feed}: {totals}; the rows made of its example are wrong")
    cpu = max(cpu - start, 1e-9)
    size = path.stat().st_size
    path.unlink()
    shutil.rmtree(data)
    return {"rows": rows, "events": totals["events"], "duplicates": totals["duplicates"], "attributed": totals["attributed"],
            "bytes_per_row": round(size / rows), "rows_per_second": round(rows / totals["seconds"]),
            "mb_per_second": round(size / totals["seconds"] / 1e6, 1), "cpu_microseconds_per_row": round(cpu * 1e6 / rows, 2),
            "duckdb_rows_per_second": round(rows / baseline["seconds"]),
            "duckdb_cpu_microseconds_per_row": round(baseline["cpu_seconds"] * 1e6 / rows, 2),
            "ratio_to_duckdb": round(baseline["seconds"] / totals["seconds"], 2),
            "cpu_ratio": round(baseline["cpu_seconds"] / cpu, 2), "memory_mb": round(memory)}


def feeds(chosen, rows, folder):
    """{feed: figures}"""
    unknown = [feed for feed in chosen if feed not in FEEDS]
    if unknown:
        sys.exit(f"{', '.join(unknown)}: not measured here; expected of {', '.join(FEEDS)}")
    nation = folder / "sim"
    report = simulate(max(rows, 1000), nation, 0, 900_000)
    (folder / "tocsin.toml").write_text(f'[enrichment]\nasn = "{nation}/asn.tsv"\n')
    with report.open(newline="") as lines:
        pool = [row["ip"] for row in itertools.islice(csv.DictReader(lines), rows)]
    report.unlink()
    figures = {}
    for feed in chosen:
        figures[feed] = one(feed, rows, pool, nation, folder)
        print(f"{feed}: {figures[feed]}", file=sys.stderr)  # minutes for each: what is known is told
    return figures


def is_met(name, value):
    bar, side = BARS[name]
    return value >= bar if side == "at least" else value <= bar


def table(figures):
    """Lines for people: each feed, and which bars it misses."""
    shown = ["bytes_per_row", "rows_per_second", "mb_per_second", "cpu_microseconds_per_row", "duckdb_cpu_microseconds_per_row",
             "ratio_to_duckdb", "cpu_ratio", "memory_mb"]
    heads = ["bytes/row", "rows/s", "MB/s", "us CPU/row", "DuckDB's", "ratio", "CPU ratio", "MB memory"]
    yield f"{'feed':<42}" + "".join(f"{head:>11}" for head in heads) + "  bars"
    for feed, one_feed in figures.items():
        missed = [name for name in BARS if not is_met(name, one_feed[name])]
        yield f"{feed:<42}" + "".join(f"{one_feed[name]:>11}" for name in shown) + f"  {'missed: ' + ', '.join(missed) if missed else 'met'}"
    yield "bars: " + ", ".join(f"{name} {side} {bar}" for name, (bar, side) in BARS.items()) + \
        f"; load average {round(os.getloadavg()[0], 1)} on {os.cpu_count()} processors"
