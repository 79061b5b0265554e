#!/usr/bin/env python3
"""Holds every #include of ours against the rooms' USES lines.

Rules: a room includes only rooms it USES, and of those only a door: <room>/<room>.hpp, or a header named after DOORS
(docs/decisions/0027-a-room-may-have-several-doors.md). base is small and open: any header of base may be included by
all. Foreign types stay in .cpp files: no header includes one.
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
doors = {}
def words_after(word, text):
    found = re.search(rf"\b{word}\s+([^A-Z]*)", text)
    return found.group(1).split() if found else []
for lists in sorted(root.glob("*/CMakeLists.txt")):
    match = re.search(r"tocsin_room\(\s*(\w+)([^)]*)\)", lists.read_text())
    if not match:
        continue
    uses[match.group(1)] = set(words_after("USES", match.group(2)))
    doors[match.group(1)] = {f"{match.group(1)}.hpp", *words_after("DOORS", match.group(2))}
    for door in doors[match.group(1)]:
        if not (lists.parent / door).is_file():
            faults.append(f"{lists.relative_to(root.parent)}: there is no door {door}")
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
    private_header = path.suffix == ".hpp" and "/".join(path.relative_to(root).parts[1:]) not in doors.get(room, ()) and room != "base"
    if path.suffix == ".hpp" and not private_header and foreign.search(text):
        faults.append(f"{where}: a door includes a foreign library; wrap it in a .cpp")
    for other, rest in include.findall(text):
        if other == room or not (root / other).is_dir():
            continue
        if other not in uses.get(room, set()):
            faults.append(f"{where}: includes {other}/{rest}, but {room} does not USE {other}")
        elif other != "base" and rest not in doors[other] and room != "app":
            faults.append(f"{where}: includes {other}/{rest}, which is no door of {other}: {', '.join(sorted(doors[other]))}")
print("\n".join(faults) if faults else f"layers: {len(uses)} rooms in order")
sys.exit(1 if faults else 0)
