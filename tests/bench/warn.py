"""`./dev bench warn`: digests of millions of findings for ten thousand organisations, built and queued.

The input is one daily scan_telnet report in which each of 10,000 organisations has its share of the rows, written by this
file: `tocsin simulate` knows a thousand. The baseline is reading the same report with `tocsin parse` to nowhere: what the
machine can do with as many rows at this moment.
"""
import os
import subprocess
import time

from tools import PROGRAM, Server, measured, milliseconds

HEADER = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector,banner\n"
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")


def write_report(file, organisations, rows):
    each = rows // organisations
    with open(file, "w") as out:
        out.write(HEADER)
        for one in range(organisations):
            high, low = divmod(one, 256)
            out.writelines(f"2026-11-23 01:02:03,medium,{10 + high // 256}.{high % 256}.{low}.{row % 254 + 1},tcp,{23 + row // 254},,telnet,64512,XA,,,0,,,login:\n"
                           for row in range(each))
    return each * organisations


def write_directory(folder, organisations):
    tables = {"organisations.csv": ["name,kind,language"], "resources.csv": ["organisation,kind,value"], "contacts.csv": ["organisation,role,email"]}
    for one in range(organisations):
        high, low = divmod(one, 256)
        tables["organisations.csv"].append(f"Organisation {one},constituent,{LANGUAGES[one % 6]}")
        tables["resources.csv"].append(f"Organisation {one},prefix,{10 + high // 256}.{high % 256}.{low}.0/24")
        tables["contacts.csv"].append(f"Organisation {one},abuse,abuse@o{one}.example")
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    return [folder / name for name in tables]


def warn(folder, rows, organisations=10_000):
    common = ["--data", str(folder / "data")]
    config = folder / "tocsin.toml"
    config.write_text('[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n')
    common += ["--config", str(config)]
    subprocess.run([PROGRAM, "init", *common], check=True, stdout=subprocess.DEVNULL)
    for table in write_directory(folder, organisations):
        subprocess.run([PROGRAM, "org", "import", str(table), *common], check=True, stdout=subprocess.DEVNULL)
    report = folder / "2026-11-23-scan_telnet-xa.csv"
    rows = write_report(report, organisations, rows)
    began = time.monotonic()
    subprocess.run([PROGRAM, "parse", str(report)], check=True, stdout=subprocess.DEVNULL)
    baseline = time.monotonic() - began
    measured([PROGRAM, "ingest", "--json", str(report), *common])
    report.unlink()
    began = time.monotonic()
    plan, memory, cpu = measured([PROGRAM, "notify", "plan", "--release", "--json", *common])
    seconds = time.monotonic() - began
    assert plan["notifications"] == organisations and plan["findings"] == rows, plan
    with Server(common) as server:
        listing, _ = milliseconds(server.address, server.key, "/api/v1/notifications?limit=100")
    return {"findings": rows, "digests": plan["notifications"], "build_and_queue_s": round(seconds, 1), "memory_mb": round(memory),
            "cpu_microseconds_per_finding": round(cpu * 1e6 / rows, 2), "parse_alone_s": round(baseline, 1),
            "ratio_to_parse_alone": round(baseline / seconds, 2), "list_ms": listing, "load_average": round(os.getloadavg()[0], 1)}


BARS = {"build_and_queue_s": (60, "at most"), "memory_mb": (600, "at most")}
