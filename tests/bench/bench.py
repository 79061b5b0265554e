#!/usr/bin/env python3
"""`./dev bench ingest [--rows N] [--json]`: how fast reports come in, as ratios against DuckDB alone on the same file.

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


def ingest(rows, folder):
    simulated = folder / "sim"
    subprocess.run([PROGRAM, "simulate", "--out", str(simulated), "--report", "scan_telnet", "--rows", str(rows),
                    "--broken", "0", "--filler-prefixes", "900000"], check=True, stdout=subprocess.DEVNULL)
    report = next((simulated / "feeds").glob("*.csv"))
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
    return {"rows": rows, "events": totals["events"], "duplicates": totals["duplicates"],
            "attributed": totals["attributed"], "constituency_imported": imported, "events_per_second": round(rate),
            "duckdb_rows_per_second": round(baseline), "ratio_to_duckdb": round(rate / baseline, 2),
            "memory_mb": round(memory), "cpu_microseconds_per_row": round(cpu * 1e6 / rows, 2),
            "load_average": round(os.getloadavg()[0], 1)}


BARS = {"events_per_second": (150_000, "at least"), "ratio_to_duckdb": (0.5, "at least"), "memory_mb": (600, "at most")}


def main():
    arguments = argparse.ArgumentParser(prog="./dev bench")
    arguments.add_argument("what", nargs="?", default="ingest", choices=["ingest"])
    arguments.add_argument("--rows", type=int, default=5_000_000)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--baseline", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.baseline:
        print(duckdb_seconds(asked.baseline, pathlib.Path.cwd()))
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    try:
        figures = ingest(asked.rows, folder)
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
