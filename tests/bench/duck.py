"""The baseline of the ingest benchmarks: DuckDB alone, through its C library, in a process of its own and with as many
threads as this machine has processors, makes a table of a file in a database on disk."""
import ctypes
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

from tools import SOURCE


def library():
    places = [SOURCE / "build/lib/libduckdb.so",
              *(SOURCE / "build/deps/node_modules/@duckdb").glob("node-bindings-linux-*/libduckdb.so")]
    return next(place for place in places if place.exists())


def table(select, folder):
    """{"seconds", "cpu_seconds"} of CREATE TABLE AS SELECT, checkpoint included."""
    run = subprocess.run([sys.executable, __file__, select], check=True, cwd=folder, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout)


def run(select):
    duckdb = ctypes.CDLL(str(library()))
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    file = pathlib.Path("baseline.duckdb")
    file.unlink(missing_ok=True)
    assert duckdb.duckdb_open(str(file).encode(), ctypes.byref(database)) == 0
    assert duckdb.duckdb_connect(database, ctypes.byref(connection)) == 0

    def query(sql):
        assert duckdb.duckdb_query(connection, sql.encode(), None) == 0, f"DuckDB refused {sql}"

    def cpu():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    query(f"SET threads={os.cpu_count()}")
    started, used = time.monotonic(), cpu()
    query(f"CREATE TABLE t AS {select}")
    query("CHECKPOINT")
    print(json.dumps({"seconds": time.monotonic() - started, "cpu_seconds": cpu() - used}))


if __name__ == "__main__":
    run(sys.argv[1])
