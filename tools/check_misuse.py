#!/usr/bin/env python3
"""Proves that misuse does not compile.

Every src/**/*_misuse.cpp lists its cases in comments, `// misuse N: TEXT`, and has the code of case N within a function, after
`#if` or `#elif TOCSIN_MISUSE == N`. Without any case the file must compile. With all of them, each in a block of its own, each
must fail, its first error (or a note to it) must contain TEXT, and nothing but the cases may fail: so nothing but the misuse is
at fault. Usage: check_misuse.py COMPILER [FLAG...]
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent / "src"
flags = [*(sys.argv[1:] or ["clang++-19"]), "-std=c++23", "-ferror-limit=0", "-fno-caret-diagnostics", f"-I{root}"]


def run(*words):
    return subprocess.run([*flags, *map(str, words)], capture_output=True, text=True)


def read_headers_once(paths, folder):
    """What the files include, precompiled: that is most of the work, and nearly the same for all."""
    header = folder / "headers.hpp"
    included = dict.fromkeys(line for path in paths for line in re.findall(r"^#include .*\n", path.read_text(), re.M))
    header.write_text("".join(included))
    done = run("-x", "c++-header", "-o", header.with_suffix(".pch"), header)
    if done.returncode:
        sys.exit(f"the headers do not compile:\n{done.stderr}")
    return header.with_suffix(".pch")


def with_all_cases(text):
    """The text with every case in a block of its own, line for line; and the case of each line."""
    lines, of_line, current = [], {}, None
    for number, line in enumerate(text.splitlines(), 1):
        begins = re.fullmatch(r"#(if|elif) TOCSIN_MISUSE == (\d+)", line.strip())
        if begins:
            line = "{" if begins[1] == "if" else "} {"
            current = int(begins[2])
        elif line.strip() == "#endif" and current is not None:
            line, current = "}", None
        elif current is not None:
            of_line[number] = current
        lines.append(line)
    return "\n".join(lines) + "\n", of_line


def errors_of(path, stderr):
    """Each error with its notes, and the line of this file where it happened (0: none)."""
    errors = []
    for where, line, kind, text in re.findall(r"^(\S+?):(\d+):\d+: (?:fatal )?(error|note|warning): (.*)$", stderr, re.M):
        if kind == "error":
            errors.append([0, []])
        if kind == "warning" or not errors:
            continue
        errors[-1][1].append(text)
        if errors[-1][0] == 0 and where == str(path):
            errors[-1][0] = int(line)
    return errors


def check(path, headers, folder):
    where = path.relative_to(root.parent)
    text = path.read_text()
    expected = {int(number): words.strip() for number, words in re.findall(r"^// misuse (\d+): (.+)$", text, re.M)}
    if not expected:
        return [f"{where}: lists no case"], 0
    changed, of_line = with_all_cases(text)
    if set(of_line.values()) != set(expected):
        return [f"{where}: lists {sorted(expected)}, has the code of {sorted(set(of_line.values()))}"], 0
    alone = run("-fsyntax-only", "-include-pch", headers, path)
    if alone.returncode:
        return [f"{where}: does not compile without misuse: {alone.stderr.strip()}"], 0
    together = folder / f"{path.parent.name}_{path.name}"
    together.write_text(changed)
    errors = errors_of(together, run("-fsyntax-only", "-include-pch", headers, together).stderr)
    faults = [f"{where}:{line}: fails, and is no misuse: {said[0]}" for line, said in errors if line not in of_line]
    for number, words in expected.items():
        said = [one for line, one in errors if of_line.get(line) == number]
        if not said:
            faults.append(f"{where}: misuse {number} compiles")
        elif words not in "\n".join(said[0]):
            faults.append(f"{where}: misuse {number} fails otherwise than expected: {'; '.join(said[0])}")
    return faults, len(expected)


files = sorted(root.rglob("*_misuse.cpp"))
if not files:
    sys.exit("no *_misuse.cpp found")
with concurrent.futures.ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    headers = read_headers_once(files, folder)
    checked = list(pool.map(lambda path: check(path, headers, folder), files))
faults = [fault for found, _ in checked for fault in found]
print("\n".join(faults) if faults else f"misuse: {sum(count for _, count in checked)} cases do not compile, as meant")
sys.exit(1 if faults else 0)
