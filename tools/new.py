#!/usr/bin/env python3
"""./dev new <kind> <name>: starts a new thing in the right folder, from a small pattern that builds.

  feed PUBLISHER/REPORT     feeds/PUBLISHER/REPORT.toml and an example (docs/add-a-feed.md)
  command "NOUN VERB"       src/app/commands/NOUN_VERB.cpp
  route ROOM                src/api/routes/ROOM.cpp
  migration ROOM/WHAT       src/ROOM/migrations/NNNN_WHAT.sql, with the next number
  test ROOM/FILE            src/ROOM/FILE_test.cpp
  outside NAME              tests/outside/NAME_test.py
"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
WORD = r"[a-z][a-z0-9_]*"

FEED = '''# What the report says, in one line
name = "{publisher}-{title}"
title = "{publisher}: {title}"
publisher = "{publisher}"
documentation = ""

[classification]  # of the Reference Security Incident Taxonomy
type = "other"
identifier = "{report}"

[recognise]
file = ["{{date}}-{{stem}}*.csv", "{{stem}}*.csv"]

[record]
required = ["time", "address"]

[columns]
time = "time.source"
address = "source.ip"
port = "source.port"
'''

FEED_EXAMPLE = '''time,address,port
2026-11-23T10:00:00Z,192.0.2.7,23
2026-11-23T10:00:00Z,2001:db8::7,23
'''

COMMAND = '''#include "app/command.hpp"
#include "app/instance.hpp"

namespace tocsin::app {{
namespace {{

Exit run(Invocation& call) {{
    if (call.json()) {{
        JsonWriter json;
        json.object().field("data", call.instance->directory().path().string()).end();
        call.print("{{}}", json.text());
    }} else {{
        call.print("{{}}", call.instance->directory().path().string());
    }}
    return Exit::done;
}}

}}  // namespace

Command command_{stem}() {{
    return {{.name = "{name}", .summary = "Say in one line what it does", .run = run}};
}}

}}  // namespace tocsin::app
'''

ROUTE = '''#include "api/render.hpp"
#include "api/router.hpp"

/// What these routes are about. Each must be an operation of src/api/openapi.json.
namespace tocsin::api {{

void routes_{name}(Router&) {{}}

}}  // namespace tocsin::api
'''

TEST = '''#include "{room}/{room}.hpp"

#include <gtest/gtest.h>

namespace tocsin::{room} {{
namespace {{

TEST({camel}, SaysInASentenceWhatHolds) {{
    GTEST_SKIP() << "write the first test";
}}

}}  // namespace
}}  // namespace tocsin::{room}
'''

OUTSIDE = '''#!/usr/bin/env python3
"""What a user sees, in one sentence."""
import unittest

from tocsin_process import Tocsin


class {camel}(unittest.TestCase):
    def test_starts_with_an_empty_data_directory(self):
        with Tocsin() as tocsin:
            tocsin.run("init")


if __name__ == "__main__":
    unittest.main()
'''


def stop(message):
    sys.exit(f"new: {message}")


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def pair(name, what):
    match = re.fullmatch(rf"({WORD})/({WORD})", name)
    return match.groups() if match else stop(f"expected {what}, in small letters, digits and _; found {name!r}")


def room_folder(room):
    folder = SOURCE / "src" / room
    if not (folder / "CMakeLists.txt").exists():
        stop(f"src/{room} is not a room")
    return folder


def feed(name):
    publisher, report = pair(name, "PUBLISHER/REPORT")
    title = report.replace("_", " ").capitalize()
    words = {"title": title, "publisher": publisher.capitalize(), "report": report.replace("_", "-")}
    return {f"feeds/{publisher}/{report}.toml": FEED.format(**words), f"feeds/{publisher}/{report}.example.csv": FEED_EXAMPLE}


def command(name):
    if not re.fullmatch(r"[a-z]+( [a-z]+)?", name):
        stop(f'expected "NOUN VERB" or one word, found {name!r}')
    stem = name.replace(" ", "_")
    return {f"src/app/commands/{stem}.cpp": COMMAND.format(name=name, stem=stem)}


def route(name):
    if not re.fullmatch(WORD, name):
        stop(f"expected the name of a room, found {name!r}")
    return {f"src/api/routes/{name}.cpp": ROUTE.format(name=name)}


def migration(name):
    room, what = pair(name, "ROOM/WHAT")
    folder = room_folder(room) / "migrations"
    number = 1 + max((int(path.name[:4]) for path in folder.glob("[0-9]*.sql")), default=0)
    text = f"-- {what.replace('_', ' ').capitalize()}. SQL that SQLite and PostgreSQL both take; never changed after a release.\n"
    return {f"src/{room}/migrations/{number:04d}_{what}.sql": text}


def test(name):
    room, file = pair(name, "ROOM/FILE")
    room_folder(room)
    return {f"src/{room}/{file}_test.cpp": TEST.format(room=room, camel=camel(file))}


def outside(name):
    if not re.fullmatch(WORD, name):
        stop(f"expected a name in small letters, found {name!r}")
    return {f"tests/outside/{name}_test.py": OUTSIDE.format(camel=camel(name))}


KINDS = {"feed": feed, "command": command, "route": route, "migration": migration, "test": test, "outside": outside}


def main(words):
    if len(words) != 2 or words[0] not in KINDS:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    for path, text in KINDS[words[0]](words[1]).items():
        target = SOURCE / path
        if target.exists():
            stop(f"{path} exists already")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
