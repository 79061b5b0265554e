#!/usr/bin/env python3
"""Writes an assembly file that carries files' bytes, and the C++ table that finds them by path."""
import pathlib
import sys

prefix, directory, listing, out = sys.argv[1:]
files = sorted(line for line in pathlib.Path(listing).read_text().splitlines() if line)
assembly = ['    .section .rodata.embedded,"a",@progbits']
declarations, rows = [], []
for number, path in enumerate(files):
    symbol = f"tocsin_embedded_{prefix}_{number}"
    assembly += [f"    .globl {symbol}, {symbol}_end", "    .balign 16", f"{symbol}:", f'    .incbin "{path}"', f"{symbol}_end:", "    .byte 0"]
    declarations.append(f'extern "C" char const {symbol}[], {symbol}_end[];')
    relative = pathlib.Path(path).relative_to(directory)
    rows.append(f'    {{"{prefix}/{relative}", {symbol}, {symbol}_end}},')
assembly.append('    .section .note.GNU-stack,"",@progbits')
pathlib.Path(out + ".S").write_text("\n".join(assembly) + "\n")
pathlib.Path(out + ".cpp").write_text(
    '#include "base/embedded.hpp"\n\n' + "\n".join(declarations) +
    "\n\nnamespace tocsin::embedded {\n" + f"std::span<Entry const> table_{prefix}() {{\n    static Entry const entries[] = {{\n" +
    "\n".join(rows) + ('\n    {"", nullptr, nullptr},' if not rows else "") + "\n    };\n    return entries;\n}\n}  // namespace tocsin::embedded\n")
