#!/usr/bin/env python3
"""Writes the table of what a folder defines: one entry per file, named by the file's stem."""
import argparse
import pathlib
import re
import sys

parser = argparse.ArgumentParser()
for name in ("namespace", "header", "declare", "entry", "table", "prefix", "out"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("files", nargs="*")
args = parser.parse_args()

names = []
for path in sorted(map(pathlib.Path, args.files)):
    name = args.prefix + path.stem
    if not re.search(rf"\b{name}\b", path.read_text()):
        sys.exit(f"{path}: must define {name} (a file's stem is the name of what it defines)")
    names.append(name)
lines = [f'#include "{args.header}"', "", f"namespace {args.namespace} {{"]
lines += [args.declare.replace("@", name) + ";" for name in names]
lines += [f"std::span<{args.entry} const> {args.table}() {{"]
if names:
    lines += [f"    static {args.entry} const entries[] = {{"]
    lines += [f"        {name}," for name in names]
    lines += ["    };", "    return entries;"]
else:
    lines += ["    return {};"]
lines += ["}", f"}}  // namespace {args.namespace}", ""]
pathlib.Path(args.out).write_text("\n".join(lines))
