#!/usr/bin/env python3
"""`./dev bench ingest [--rows N] [--days N] [--json]`: how fast reports come in, as ratios against DuckDB alone on the same file.

The input is `tocsin simulate`: scan_telnet, 10 % repeats, 4,096 prefixes of 1,000 organisations and 900,000 others in the
table. DuckDB runs in a process of its own through its C library, with as many threads as this machine has processors.
"""
import argparse
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TOCSIN", str(SOURCE / "build/tocsin"))


def duckdb_seconds(file, folder):
    """CREATE TABLE AS SELECT * FROM read_csv, into a file; run in a child process."""
    places = [SOURCE / "build/lib/libduckdb.so",
              *(SOURCE / "build/deps/node_modules/@duckdb").glob("node-bindings-linux-*/libduckdb.so")]
    library = next(place for place in places if place.exists())
    duckdb = ctypes.CDLL(str(library))
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    assert duckdb.duckdb_open(str(folder / "baseline.duckdb").encode(), ctypes.byref(database)) == 0
    assert duckdb.duckdb_connect(database, ctypes.byref(connection)) == 0
    duckdb.duckdb_query(connection, f"SET threads={os.cpu_count()}".encode(), None)
    started = time.monotonic()
    sql = f"CREATE TABLE t AS SELECT * FROM read_csv('{file}', all_varchar=false)"
    assert duckdb.duckdb_query(connection, sql.encode(), None) == 0, "DuckDB could not read the file"
    assert duckdb.duckdb_query(connection, b"CHECKPOINT", None) == 0
    return time.monotonic() - started


def measured(words):
    """(last line of standard output as JSON, greatest resident memory in MB, CPU seconds) of one command."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        sys.exit(f"{' '.join(words)}: exit {process.returncode}")
    return json.loads(out.splitlines()[-1]), usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def simulate(rows, folder, day, filler):
    """The report of one day of the same nation."""
    date = time.strftime("%Y-%m-%d", time.gmtime(1767571200 + day * 86400))
    subprocess.run([PROGRAM, "simulate", "--out", str(folder), "--report", "scan_telnet", "--rows", str(rows), "--from", date,
                    "--broken", "0", "--filler-prefixes", str(filler)], check=True, stdout=subprocess.DEVNULL)
    return next((folder / "feeds").glob(f"{date}*.csv"))


def milliseconds(address, key, path, times=5):
    """The median time of an answer, and the answer."""
    taken = []
    for _ in range(times):
        started = time.monotonic()
        request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            body = json.load(answer)
        taken.append((time.monotonic() - started) * 1000)
    return round(sorted(taken)[times // 2], 1), body


def server(common):
    """Start to first answer, memory when idle, and what a screen waits for."""
    key = json.loads(subprocess.run([PROGRAM, "key", "add", "--role", "analyst", "--name", "bench", "--json", *common],
                                    check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])["key"]
    started = time.monotonic()
    process = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", *common], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = next(line.split()[1] for line in process.stdout if line.startswith("Ready: "))
        urllib.request.urlopen(address + "/healthz", timeout=30).read()
        first = time.monotonic() - started
        time.sleep(3)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        idle = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
        aggregate, _ = milliseconds(address, key, "/api/v1/events/aggregate?by=type,country&bucket=day")
        _, some = milliseconds(address, key, "/api/v1/events?limit=1", 1)
        ip = some["items"][0]["fields"]["source.ip"]
        history, _ = milliseconds(address, key, f"/api/v1/events?address={ip}&limit=50")
        return {"start_to_first_answer_s": round(first, 2), "idle_mb": round(idle), "aggregate_ms": aggregate, "address_history_ms": history}
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(timeout=60)


def ingest(rows, folder, days):
    simulated = folder / "sim"
    report = simulate(rows, simulated, 0, 900_000)
    config = folder / "tocsin.toml"
    config.write_text(f'[enrichment]\nasn = "{simulated}/asn.tsv"\n')
    common = ["--config", str(config), "--data", str(folder / "data")]
    subprocess.run([PROGRAM, "init", *common], check=True, stdout=subprocess.DEVNULL)
    imported = subprocess.run([PROGRAM, "org", "import", str(simulated / "constituency.json"), *common],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    baseline = rows / float(subprocess.run([sys.executable, str(pathlib.Path(__file__).resolve()), "--baseline", str(report)], check=True, cwd=folder,
                                           stdout=subprocess.PIPE, text=True).stdout)
    totals, memory, cpu = measured([PROGRAM, "ingest", "--json", str(report), *common])
    rate = rows / totals["seconds"]
    stored, last = totals["events"], rate
    for day in range(1, days):  # the same nation's later days, so that findings are seen again
        later = simulate(rows, folder / "later", day, 0)
        more, peak, _ = measured([PROGRAM, "ingest", "--json", str(later), *common])
        stored, last, memory = stored + more["events"], rows / more["seconds"], max(memory, peak)
        later.unlink()
    return {"rows": rows, "events": totals["events"], "duplicates": totals["duplicates"],
            "attributed": totals["attributed"], "constituency_imported": imported, "events_per_second": round(rate),
            "duckdb_rows_per_second": round(baseline), "ratio_to_duckdb": round(rate / baseline, 2),
            "memory_mb": round(memory), "cpu_microseconds_per_row": round(cpu * 1e6 / rows, 2),
            "stored": stored,
            "rate_at_the_end": round(last), "ratio_at_the_end": round(last / rate, 2), **server(common),
            "load_average": round(os.getloadavg()[0], 1)}


BARS = {"events_per_second": (150_000, "at least"), "ratio_to_duckdb": (0.5, "at least"), "memory_mb": (600, "at most"),
        "ratio_at_the_end": (0.8, "at least"), "start_to_first_answer_s": (1, "at most"), "idle_mb": (150, "at most"),
        "aggregate_ms": (300, "at most"), "address_history_ms": (100, "at most")}


def main():
    arguments = argparse.ArgumentParser(prog="./dev bench")
    arguments.add_argument("what", nargs="?", default="ingest", choices=["ingest"])
    arguments.add_argument("--rows", type=int, default=5_000_000)
    arguments.add_argument("--days", type=int, default=11, help="how many daily reports are stored before the last figures")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--baseline", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.baseline:
        print(duckdb_seconds(asked.baseline, pathlib.Path.cwd()))
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    try:
        figures = ingest(asked.rows, folder, asked.days)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        bar = BARS.get(name)
        print(f"{name:<28} {value:>14}" + (f"   bar: {bar[1]} {bar[0]}" if bar else ""))


if __name__ == "__main__":
    main()
