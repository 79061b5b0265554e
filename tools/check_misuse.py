#!/usr/bin/env python3
"""Proves that misuse does not compile.

Every src/**/*_misuse.cpp lists its cases in comments, `// misuse N: TEXT`. Compiled with -DTOCSIN_MISUSE=N it must fail,
the first error (or a note to it) must contain TEXT; compiled without, it must succeed: so nothing but the misuse is at
fault. Usage: check_misuse.py COMPILER [FLAG...]
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent / "src"
compiler = sys.argv[1:] or ["clang++-19"]


flags = [*compiler, "-std=c++23", "-ferror-limit=1", "-fno-caret-diagnostics", f"-I{root}"]


def read_headers_once(path, folder):
    """What a file includes, precompiled: its cases differ in a few lines only."""
    header = folder / (path.stem + ".hpp")
    header.write_text("".join(re.findall(r'^#include .*\n', path.read_text(), re.M)))
    ready = header.with_suffix(".pch")
    done = subprocess.run([*flags, "-x", "c++-header", "-o", str(ready), str(header)], capture_output=True, text=True)
    return path, ready if done.returncode == 0 else None


def compile_case(path, number):
    ready = ["-include-pch", str(headers[path])] if headers[path] else []
    done = subprocess.run([*flags, "-fsyntax-only", *ready, f"-DTOCSIN_MISUSE={number}", str(path)], capture_output=True, text=True)
    return done.returncode == 0, "\n".join(re.findall(r"(?:error|note): .*", done.stderr)) or done.stderr.strip()


def check(case):
    path, number, expected = case
    where = f"{path.relative_to(root.parent)}"
    compiles, error = compile_case(path, number)
    if expected is None:
        return [] if compiles else [f"{where}: does not compile without misuse: {error}"]
    if compiles:
        return [f"{where}: misuse {number} compiles"]
    return [] if expected in error else [f"{where}: misuse {number} fails otherwise than expected: {error}"]


cases = []
for path in sorted(root.rglob("*_misuse.cpp")):
    listed = re.findall(r"^// misuse (\d+): (.+)$", path.read_text(), re.M)
    if not listed:
        sys.exit(f"{path}: lists no case")
    cases.append((path, 0, None))
    cases += [(path, int(number), text.strip()) for number, text in listed]
if not cases:
    sys.exit("no *_misuse.cpp found")
with concurrent.futures.ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as folder:
    headers = dict(pool.map(lambda path: read_headers_once(path, pathlib.Path(folder)), dict.fromkeys(case[0] for case in cases)))
    faults = [fault for found in pool.map(check, cases) for fault in found]
print("\n".join(faults) if faults else f"misuse: {sum(case[2] is not None for case in cases)} cases do not compile, as meant")
sys.exit(1 if faults else 0)
