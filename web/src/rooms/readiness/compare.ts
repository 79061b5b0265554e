import type { Schemas } from '~/api/client';

type Answer = Schemas['Answer'];
/** Level by item; null: declined or not answered. */
export type Levels = Map<string, number | null>;
export interface Gap {
  item: string;
  before: number | null;
  now: number | null;
  wanted: number | null;
}

/** The results, without what single assessors said. */
export function levels(answers: readonly Answer[], key: 'value' | 'wanted' = 'value'): Levels {
  return new Map(answers.filter((a) => !a.assessor).map((a) => [a.item, a[key]]));
}

/** The results as they were at that time, read back from the history. */
export function levelsAt(answers: readonly Answer[], history: readonly Schemas['AnswerHistoryEntry'][], time: number): Levels {
  const then = levels(answers);
  const seen = new Set<string>();
  // From the oldest on: the first change after that time tells what was there before it.
  for (const entry of [...history].sort((a, b) => a.id - b.id)) {
    if (entry.assessor || Date.parse(entry.at) <= time || seen.has(entry.item)) continue;
    seen.add(entry.item);
    then.set(entry.item, entry.before?.value ?? null);
  }
  return then;
}

export function gapsOf(items: readonly { id: string }[], before: Levels | null, now: Levels, wanted: Levels): Gap[] {
  return items.map(({ id }) => ({ item: id, before: before?.get(id) ?? null, now: now.get(id) ?? null, wanted: wanted.get(id) ?? null }));
}

export const isOpen = (g: Gap) => g.wanted !== null && (g.now ?? 0) < g.wanted;
/** Those that are higher, and those that are lower than before. */
export function movesOf(gaps: readonly Gap[]): { risen: number; fallen: number; open: number } {
  return {
    risen: gaps.filter((g) => (g.now ?? 0) > (g.before ?? 0)).length,
    fallen: gaps.filter((g) => (g.now ?? 0) < (g.before ?? 0)).length,
    open: gaps.filter(isOpen).length,
  };
}

/**
 * Levels to reach out of a file: a target profile as JSON, `{"O-1": 3}`, or lines of `O-1,3`. Items that the framework
 * does not have, and levels it does not know, are told, not taken.
 */
export function readTarget(text: string, known: ReadonlySet<string>, most: number): { levels: Levels; refused: string[] } {
  const found: [string, unknown][] = [];
  const start = text.trimStart()[0];
  if (start === '{') {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    found.push(...Object.entries((parsed.levels as object | undefined) ?? parsed));
  } else {
    for (const line of text.split(/\r?\n/)) {
      const [item, level] = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ''));
      // A first line of headings has no number in it.
      if (item && level !== undefined && (found.length || /\d/.test(level))) found.push([item, Number(level)]);
    }
  }
  const levels: Levels = new Map();
  const refused: string[] = [];
  for (const [item, level] of found) {
    if (known.has(item) && Number.isInteger(level) && (level as number) >= 0 && (level as number) <= most) levels.set(item, level as number);
    else refused.push(`${item}: ${String(level)}`.slice(0, 80));
  }
  return { levels, refused };
}
