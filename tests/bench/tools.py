"""What the benchmarks share: the program, one command measured, a simulated nation's reports."""
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TOCSIN", str(SOURCE / "build/tocsin"))


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


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


class Server:
    """`tocsin serve` on a data directory, with a key; `started` is the time to the first answer."""

    def __init__(self, common):
        self.key = json.loads(subprocess.run([PROGRAM, "key", "add", "--role", "analyst", "--name", "bench", "--json", *common],
                                             check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])["key"]
        began = time.monotonic()
        self.process = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", *common], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.address = next(line.split()[1] for line in self.process.stdout if line.startswith("Ready: "))
        urllib.request.urlopen(self.address + "/healthz", timeout=30).read()
        self.started = time.monotonic() - began

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait(timeout=60)
