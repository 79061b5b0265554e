#!/usr/bin/env python3
"""Holds every #include of ours against the rooms' USES lines.

Rules: a room includes only rooms it USES, and of those only the door (<room>/<room>.hpp). base is small and open: any
header of base may be included by all. Foreign types stay in .cpp files: no header includes one.
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent / "src"
foreign = re.compile(r'#include\s*[<"](boost/|simdjson|sqlite3|duckdb|curl/|gmime|sodium|liboath|maxminddb|libpsl|archive|zstd|'
                     r'zlib|pcre2|unicode/|toml\+\+|pugixml|CLI/|openssl/|spdlog)')
include = re.compile(r'^\s*#include\s*"([a-z_]+)/([^"]+)"', re.M)
faults = []
uses = {}
for lists in sorted(root.glob("*/CMakeLists.txt")):
    match = re.search(r"tocsin_room\(\s*(\w+)([^)]*)\)", lists.read_text())
    if not match:
        continue
    found = re.search(r"\bUSES\s+((?:\w+\s*)*?)(?=\b(?:LIBS|SOURCES|TEST_LIBS)\b|$)", match.group(2))
    uses[match.group(1)] = set(found.group(1).split()) if found else set()
order = {}
def depth(room, trail=()):
    if room in trail:
        faults.append(f"src/{room}/CMakeLists.txt: USES goes in a circle: {' -> '.join(trail + (room,))}")
        return 0
    if room not in order:
        order[room] = 1 + max((depth(used, trail + (room,)) for used in uses.get(room, ())), default=0)
    return order[room]
for room in uses:
    depth(room)
for path in sorted(root.rglob("*.[ch]pp")):
    room = path.relative_to(root).parts[0]
    text = path.read_text()
    where = path.relative_to(root.parent)
    private_header = path.suffix == ".hpp" and path.stem != room and room != "base"
    if path.suffix == ".hpp" and not private_header and foreign.search(text):
        faults.append(f"{where}: a door includes a foreign library; wrap it in a .cpp")
    for other, rest in include.findall(text):
        if other == room or not (root / other).is_dir():
            continue
        if other not in uses.get(room, set()):
            faults.append(f"{where}: includes {other}/{rest}, but {room} does not USE {other}")
        elif other != "base" and rest != f"{other}.hpp" and room != "app":
            faults.append(f"{where}: includes {other}/{rest}; only the door {other}/{other}.hpp may be included")
print("\n".join(faults) if faults else f"layers: {len(uses)} rooms in order")
sys.exit(1 if faults else 0)
