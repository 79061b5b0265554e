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

root = pathlib.Path(__file__).resolve().parent.parent / "src"
compiler = sys.argv[1:] or ["clang++-19"]


def compile_case(path, number):
    done = subprocess.run([*compiler, "-std=c++23", "-fsyntax-only", "-ferror-limit=1", "-fno-caret-diagnostics", f"-I{root}",
                           f"-DTOCSIN_MISUSE={number}", str(path)], capture_output=True, text=True)
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
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    faults = [fault for found in pool.map(check, cases) for fault in found]
print("\n".join(faults) if faults else f"misuse: {sum(case[2] is not None for case in cases)} cases do not compile, as meant")
sys.exit(1 if faults else 0)
