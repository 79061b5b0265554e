"""`./dev bench ingest`: how fast reports come in, as ratios against DuckDB alone on the same file.

The input is `tocsin simulate`: scan_telnet, 10 % repeats, 4,096 prefixes of 1,000 organisations and 900,000 others in the
table. With --feeds it is the ten feeds that bring most rows (feeds.py).
"""
import os
import subprocess
import time

import duck
from tools import PROGRAM, Server, measured, milliseconds, resident_mb, simulate


def server(common):
    """Start to first answer, memory when idle, and what a screen waits for."""
    with Server(common) as it:
        time.sleep(3)
        idle = resident_mb(it.process.pid)
        aggregate, _ = milliseconds(it.address, it.key, "/api/v1/events/aggregate?by=type,country&bucket=day")
        _, some = milliseconds(it.address, it.key, "/api/v1/events?limit=1", 1)
        ip = some["items"][0]["fields"]["source.ip"]
        history, _ = milliseconds(it.address, it.key, f"/api/v1/events?address={ip}&limit=50")
        return {"start_to_first_answer_s": round(it.started, 2), "idle_mb": round(idle), "aggregate_ms": aggregate, "address_history_ms": history}


def ingest(rows, folder, days):
    simulated = folder / "sim"
    report = simulate(rows, simulated, 0, 900_000)
    config = folder / "tocsin.toml"
    config.write_text(f'[enrichment]\nasn = "{simulated}/asn.tsv"\n')
    common = ["--config", str(config), "--data", str(folder / "data")]
    subprocess.run([PROGRAM, "init", *common], check=True, stdout=subprocess.DEVNULL)
    imported = subprocess.run([PROGRAM, "org", "import", str(simulated / "constituency.json"), *common],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    baseline = rows / duck.table(f"SELECT * FROM read_csv('{report}', all_varchar=false)", folder)["seconds"]
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
