-- Words of an import's batch are sorted in memory and written at once: fewer segments to merge later.
INSERT INTO intel_text (intel_text, rank) VALUES ('hashsize', 16777216);
INSERT INTO intel_text (intel_text, rank) VALUES ('automerge', 8);
