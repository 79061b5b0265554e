"""`./dev bench rules`: how long the rule simulator takes over a month of findings, with as many rules as a team writes."""
import subprocess
import time

from tools import PROGRAM, measured, simulate

RULES = "".join(f'[[rule]]\nname = "class {i}"\nwhen = {{ identifier = "class-{i}-*", sector = "sector {i}" }}\ninterval = "{i + 1}d"\n'
                for i in range(18)) + """
[[rule]]
name = "networks"
when = { network = ["192.0.2.0/24", "198.51.100.0/24"], severity = "high" }
interval = "at once"
[[rule]]
name = "telnet"
when = { identifier = "open-telnet" }
quiet_hours = "22:00-07:00"
reminder = "3d"
[[escalation]]
name = "up"
when = { severity = "high" }
steps = [ { after = "7d", to = "parent" } ]
"""


def rules(folder, rows, days):
    simulated = folder / "sim"
    first = int(time.time() - 1767571200) // 86400 - days - 20  # of simulate's calendar: within the days played through
    report = simulate(rows, simulated, first, 0)
    common = ["--data", str(folder / "data")]
    subprocess.run([PROGRAM, "init", *common], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([PROGRAM, "org", "import", str(simulated / "constituency.json"), *common], stdout=subprocess.DEVNULL)
    subprocess.run([PROGRAM, "ingest", str(report), *common], check=True, stdout=subprocess.DEVNULL)
    for day in range(1, days):
        later = simulate(rows, folder / "later", first + day, 0)
        subprocess.run([PROGRAM, "ingest", str(later), *common], check=True, stdout=subprocess.DEVNULL)
        later.unlink()
    file = folder / "rules.toml"
    file.write_text(RULES)
    told, memory, cpu = measured([PROGRAM, "rule", "simulate", str(file), "--days", "30", "--json", *common])
    per_finding = told["milliseconds"] * 1000 / max(1, told["findings_seen"])
    return {"findings": told["findings_seen"], "organisations": told["organisations_seen"],
            "messages": told["total"]["then"]["messages"] + told["total"]["then"]["held"], "milliseconds": told["milliseconds"],
            "microseconds_per_finding": round(per_finding, 2), "seconds_for_10_million": round(per_finding * 10, 1),
            "memory_mb": round(memory), "cpu_seconds": round(cpu, 1)}


BARS = {"seconds_for_10_million": (5, "at most"), "memory_mb": (600, "at most")}
