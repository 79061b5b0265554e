"""`./dev bench share`: intelligence in, out, matched and found, as ratios against baselines of the same run.

The objects are invented: indicators of addresses, domains, URLs and hashes; a small set is shaped like ATT&CK (descriptions,
references, relationships). Baselines: Python's json reading the same file; nginx serving the same bytes, where it is installed;
the same ingest without indicators.
"""
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid

from tools import PROGRAM, SOURCE, Server, measured, resident_mb, simulate

NAMESPACE = uuid.UUID("7f5e0b3a-6d1e-4a53-8f0e-0c7f1a2b3c4d")
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"


def identifier(kind, number):
    return f"{kind}--{uuid.UUID(bytes=hashlib.md5(f'{kind} {number}'.encode()).digest(), version=4)}"


def indicator(number):
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    pattern = (f"[ipv4-addr:value = '{11 + number % 200}.{number // 200 % 256}.{number // 51200 % 256}.{number % 251}']",
               f"[domain-name:value = 'h{digest[:10]}.c{number % 5000}.example']", f"[url:value = 'http://h{digest[:8]}.example/{digest[8:20]}']",
               f"[file:hashes.'SHA-256' = '{digest}']")[number % 4]
    return {"type": "indicator", "spec_version": "2.1", "id": identifier("indicator", number), "created": "2026-01-05T10:00:00.000Z",
            "modified": "2026-01-05T10:00:00.000Z", "name": f"Indicator {number}", "indicator_types": ["malicious-activity"],
            "pattern": pattern, "pattern_type": "stix", "valid_from": "2026-01-05T10:00:00Z", "valid_until": "2036-01-01T00:00:00Z",
            "confidence": number % 100, "labels": [f"label-{number % 50}"], "object_marking_refs": [GREEN]}


def knowledge(number):
    """Shaped like ATT&CK: techniques with long texts, and relationships between them."""
    times = {"spec_version": "2.1", "created": "2026-01-05T10:00:00.000Z", "modified": "2026-01-05T10:00:00.000Z"}
    if number % 5:
        return {"type": "relationship", "id": identifier("relationship", number), **times, "relationship_type": "related-to",
                "source_ref": identifier("attack-pattern", number - number % 5), "target_ref": identifier("attack-pattern", number // 10 * 5),
                "description": f"How {number} was seen together with another one in a report of somebody."}
    return {"type": "attack-pattern", "id": identifier("attack-pattern", number), **times, "name": f"Technique {number}",
            "description": f"What is done in technique {number}. " + "It is told at some length, as people do. " * 25,
            "external_references": [{"source_name": "example", "external_id": f"T{number}"}],
            "kill_chain_phases": [{"kill_chain_name": "example", "phase_name": "execution"}]}


def write_bundle(file, objects):
    with open(file, "w") as out:
        out.write('{"type":"bundle","id":"bundle--%s","objects":[' % uuid.uuid5(NAMESPACE, str(file)))
        for place, one in enumerate(objects):
            out.write(("," if place else "") + json.dumps(one, separators=(",", ":")))
        out.write("]}")


def fresh(folder, name):
    common = ["--data", str(folder / name)]
    subprocess.run([PROGRAM, "init", *common], check=True, stdout=subprocess.DEVNULL)
    return common


def fetched(server, collection="all"):
    """Every object of a collection by TAXII: (objects, seconds, server's greatest memory in MB)."""
    address = urllib.parse.urlsplit(server.address)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
    count, following, memory, began = 0, "", 0, time.monotonic()
    while True:
        connection.request("GET", f"/taxii2/root/collections/{collection}/objects/?limit=5000" + (f"&next={following}" if following else ""),
                           headers={"Authorization": "Bearer " + server.key, "Accept": "application/taxii+json;version=2.1"})
        body = connection.getresponse().read()
        count += body.count(b'"spec_version"')
        memory = max(memory, resident_mb(server.process.pid))
        tail = json.loads(body[:200].split(b',"objects"')[0] + b"}")
        following = tail.get("next")
        if not following:
            return count, time.monotonic() - began, memory


def requests_per_second(url, times, headers=()):
    """One client (curl, connection kept) asking again and again."""
    words = ["curl", "-sf", "--globoff", "-o", "/dev/null"]
    for header in headers:
        words += ["-H", header]
    listing = pathlib.Path(f"/tmp/tocsin-bench-{os.getpid()}")
    listing.write_text("".join(f'url = "{url}"\noutput = "/dev/null"\n' for _ in range(times)))
    began = time.monotonic()
    subprocess.run([*words, "-K", str(listing)], check=True)
    listing.unlink()
    return times / (time.monotonic() - began)


def against_nginx(server, folder):
    """Requests a second for 1,000 objects by TAXII, and by nginx from a file of the same bytes (none: not installed)."""
    url = server.address + "/taxii2/root/collections/all/objects/?limit=1000"
    headers = ["Authorization: Bearer " + server.key, "Accept: application/taxii+json;version=2.1"]
    requests_per_second(url, 20, headers)
    ours = requests_per_second(url, 300, headers)
    if not shutil.which("nginx"):
        return ours, None
    place = folder / "nginx"
    place.mkdir()
    request = urllib.request.Request(url, headers=dict(h.split(": ") for h in headers))
    (place / "page").write_bytes(urllib.request.urlopen(request).read())
    place.chmod(0o755), folder.chmod(0o755)
    (place / "nginx.conf").write_text(f"user root; worker_processes 2; pid {place}/pid; error_log {place}/error; events {{}}\nhttp {{ access_log off; sendfile on; "
                                      f"server {{ listen 127.0.0.1:5899; root {place}; }} }}\n")
    process = subprocess.Popen(["nginx", "-c", str(place / "nginx.conf"), "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        requests_per_second("http://127.0.0.1:5899/page", 20)
        return ours, requests_per_second("http://127.0.0.1:5899/page", 300)
    finally:
        process.terminate()
        process.wait()


def ask(server, path, times=9):
    """Milliseconds, the median, on a kept connection."""
    address = urllib.parse.urlsplit(server.address)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    taken = []
    for _ in range(times):
        began = time.monotonic()
        connection.request("GET", path, headers={"Authorization": "Bearer " + server.key})
        answer = connection.getresponse()
        answer.read()
        taken.append((time.monotonic() - began) * 1000)
        assert answer.status == 200, (answer.status, path)
    return statistics.median(taken)


def large_bundle(folder, objects):
    file = folder / "large.json"
    write_bundle(file, (indicator(n) for n in range(objects)))
    # In a process of its own: a child's greatest memory counts from what its parent had when it forked.
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1]))", str(file)], check=True)
    baseline = objects / (time.monotonic() - began)
    common = fresh(folder, "large")
    totals, memory, _ = measured([PROGRAM, "intel", "import", "--json", str(file), *common])
    assert totals["stored"] == objects, totals
    rate = objects / totals["seconds"]
    with Server(common) as server:
        count, seconds, server_memory = fetched(server)
        assert count == objects, count
        ours, nginx = against_nginx(server, folder)
        value = indicator(objects // 8 * 4 + 1)["pattern"].split("'")[1]
        correlation = ask(server, "/api/v1/intelligence/objects?limit=10&value=" + value)
        empty = ask(server, "/healthz")
    file.unlink()
    figures = {"objects": objects, "import_objects_per_second": round(rate), "ratio_to_python_json": round(rate / baseline, 2),
               "million_in_and_out_s": round((totals["seconds"] + seconds) * 1e6 / objects, 1), "memory_in_mb": round(memory), "memory_out_mb": round(server_memory),
               "out_objects_per_second": round(count / seconds), "start_to_first_answer_s": round(server.started, 2), "taxii_requests_per_second": round(ours)}
    if nginx:
        figures |= {"nginx_requests_per_second": round(nginx), "ratio_to_nginx": round(ours / nginx, 2)}
    return figures | {"correlation_ms": round(correlation, 2), "correlation_without_http_ms": round(max(0, correlation - empty), 2)}, common


def attack_size(folder):
    file = folder / "attack.json"
    write_bundle(file, (knowledge(n) for n in range(25_000)))
    common = fresh(folder, "attack")
    totals, _, _ = measured([PROGRAM, "intel", "import", "--json", str(file), *common])
    with Server(common) as server:
        count, seconds, _ = fetched(server)
    assert count == totals["stored"] == 25_000, (count, totals)
    return {"attack_in_and_out_s": round(totals["seconds"] + seconds, 2)}


def matching(folder, large, rows, days):
    """The same report with and without live indicators; then new indicators over the archive."""
    report = simulate(rows, folder / "sim", 0, 0)
    rates = []
    for common in (fresh(folder, "without"), large):
        totals, _, _ = measured([PROGRAM, "ingest", "--json", str(report), *common])
        rates.append(rows / totals["seconds"])
    stored = totals["events"]
    for day in range(1, days):
        later = simulate(rows, folder / "later", day, 0)
        stored += measured([PROGRAM, "ingest", "--json", str(later), *large])[0]["events"]
        later.unlink()
    new = folder / "new.json"
    write_bundle(new, (indicator(n) for n in range(50_000_000, 50_001_000)))
    began = time.monotonic()
    measured([PROGRAM, "intel", "import", "--json", str(new), *large])
    return {"ingest_without_indicators": round(rates[0]), "ingest_with_indicators": round(rates[1]), "ratio_with_indicators": round(rates[1] / rates[0], 2),
            "stored_events": stored, "new_1000_over_archive_s": round(time.monotonic() - began, 2)}


def lookups():
    """The live index alone, 10 million values, one core; needs the benchmark built (./dev bench builds it)."""
    program = SOURCE / "build/release/src/intelligence/intelligence_bench"
    if not program.exists():
        return {}
    out = json.loads(subprocess.run([str(program), "--benchmark_format=json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)
    figures = {}
    for one in out["benchmarks"]:
        for name, value in one.items():
            if name in ("items_per_second", "bytes_per_indicator", "bytes_each"):
                figures[f"{one['name'].split('/')[0]}.{name}"] = round(value, 1)
    return figures


BARS = {"import_objects_per_second": (30_000, "at least"), "attack_in_and_out_s": (3, "at most"), "million_in_and_out_s": (60, "at most"),
        "memory_in_mb": (500, "at most"), "memory_out_mb": (500, "at most"), "ratio_to_nginx": (0.25, "at least"), "correlation_ms": (1, "at most"),
        "ratio_with_indicators": (0.8, "at least"), "new_1000_over_archive_s": (5, "at most")}


def share(folder, objects, rows, days):
    figures, large = large_bundle(folder, objects)
    return figures | attack_size(folder) | matching(folder, large, rows, days) | lookups() | {"load_average": round(os.getloadavg()[0], 1)}
