#!/usr/bin/env python3
"""Holds texts/remediation/ against the feeds and against the languages.

Rules: every identifier that a Shadowserver feed gives (its own, and those that a [[when]] sets) has a note of its own;
every note is there in every language of texts/notifications/, begins with its title, and shows the same `commands` in
each. Of the other feeds it says how many identifiers fall back to the note of their type.
"""
import collections
import pathlib
import re
import sys
import tomllib

root = pathlib.Path(__file__).resolve().parent.parent
languages = sorted(path.stem for path in (root / "texts/notifications").glob("*.toml"))
faults = []


def identifiers_of(path):
    feed = tomllib.loads(path.read_text())
    found = {feed.get("classification", {}).get("identifier"), feed.get("unknown", {}).get("identifier")}
    found |= {rule.get("set", {}).get("classification.identifier") for rule in feed.get("when", [])}
    return found - {None}


notes = collections.defaultdict(dict)
for path in sorted((root / "texts/remediation").iterdir()):
    match = re.fullmatch(r"([a-z0-9_-]+)\.([a-z]{2})\.md", path.name)
    if match:
        notes[match[1]][match[2]] = path.read_text()
    else:
        faults.append(f"texts/remediation/{path.name}: expected <identifier>.<language>.md")

by_type_only = set()
for path in sorted((root / "feeds").glob("*/*.toml")):
    for identifier in sorted(identifiers_of(path) - set(notes)):
        if path.parent.name == "shadowserver":
            faults.append(f"{path.relative_to(root)}: {identifier} has no note: texts/remediation/{identifier}.en.md")
        else:
            by_type_only.add(identifier)

for stem, found in notes.items():
    where = f"texts/remediation/{stem}"
    faults += [f"{where}.{language}.md: missing" for language in languages if language not in found]
    commands = collections.Counter(re.findall(r"`[^`\n]+`", found.get("en", "")))
    for language, text in found.items():
        if not re.match(r"# \S.*\n\n\S", text):
            faults.append(f"{where}.{language}.md: expected a title (# ...), an empty line and a text")
        if collections.Counter(re.findall(r"`[^`\n]+`", text)) != commands:
            faults.append(f"{where}.{language}.md: its `commands` differ from the English ones")

print("\n".join(faults) if faults else f"texts: {len(notes)} notes in {len(languages)} languages; "
      f"{len(by_type_only)} identifiers of other feeds have the note of their type")
sys.exit(1 if faults else 0)
