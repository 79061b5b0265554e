#!/usr/bin/env python3
"""`./dev bench [ingest|rules|share|warn] [--json]`: figures, each beside its bar and as a ratio against a baseline of the same run."""
import argparse
import json
import pathlib
import shutil
import tempfile

import feeds
import ingest
import rules
import share
import warn


def main():
    arguments = argparse.ArgumentParser(prog="./dev bench")
    arguments.add_argument("what", nargs="?", default="ingest", choices=["ingest", "rules", "share", "warn"])
    arguments.add_argument("--rows", type=int, help="of one report; 5,000,000, with --feeds 500,000")
    arguments.add_argument("--feeds", nargs="?", const=",".join(feeds.FEEDS), metavar="ID,...",
                           help="ingest: the feeds that bring most rows, each against the bars of ingest")
    arguments.add_argument("--days", type=int, default=11, help="how many daily reports are stored before the last figures")
    arguments.add_argument("--objects", type=int, default=1_000_000, help="share: how many objects the large bundle holds")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    if asked.feeds and asked.what != "ingest":
        arguments.error("--feeds is of ingest")
    asked.rows = asked.rows or (500_000 if asked.feeds else 5_000_000)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    try:
        if asked.feeds:
            figures = feeds.feeds(asked.feeds.split(","), asked.rows, folder)
            print(json.dumps(figures) if asked.json else "\n".join(feeds.table(figures)))
            return
        figures, bars = {"ingest": lambda: (ingest.ingest(asked.rows, folder, asked.days), ingest.BARS),
                         "rules": lambda: (rules.rules(folder, asked.rows, min(asked.days, 3)), rules.BARS),
                         "share": lambda: (share.share(folder, asked.objects, asked.rows, asked.days), share.BARS),
                         "warn": lambda: (warn.warn(folder, asked.rows), warn.BARS)}[asked.what]()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        bar = bars.get(name)
        print(f"{name:<32} {value:>14}" + (f"   bar: {bar[1]} {bar[0]}" if bar else ""))


if __name__ == "__main__":
    main()
