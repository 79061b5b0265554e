#!/usr/bin/env python3
"""Writes a room's migrations/NNNN_what.sql as a C++ table."""
import pathlib
import sys

room, out, *files = sys.argv[1:]
entries = []
for expected, path in enumerate(sorted(map(pathlib.Path, files)), start=1):
    number = path.name[:4]
    if not number.isdigit() or int(number) != expected or path.name[4] != "_":
        sys.exit(f"{path}: migrations are named NNNN_what.sql and numbered without a gap; expected {expected:04d}_...")
    entries.append(f'    {{"{room}", {expected}, "{path.stem}", R"sql({path.read_text()})sql"}},')
pathlib.Path(out).write_text(
    '#include "store/store.hpp"\n\n'
    f"namespace tocsin::{room} {{\n"
    "std::span<store::Migration const> migrations();\n"
    "namespace {\nconstexpr store::Migration table[] = {\n" + "\n".join(entries) + "\n};\n}\n"
    "std::span<store::Migration const> migrations() { return table; }\n"
    f"}}  // namespace tocsin::{room}\n")
