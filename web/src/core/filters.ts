/**
 * Filters of a list and how they stand in the address.
 *
 * The address is the only place where a filter lives: `?q=telnet&state=open&feed=a/b,c/d&range=7d&sort=-times&cols=a,b`. The names
 * are those of the API, so that an address can be read, written by hand and sent to a colleague.
 */
export interface Filter {
  key: string;
  values: string[];
}

/** What an address may say besides filters. */
const reserved = new Set(['q', 'sort', 'cols', 'range', 'from', 'to', 'open', 'chart']);

export function readFilters(query: URLSearchParams, keys: readonly string[]): Filter[] {
  const filters: Filter[] = [];
  for (const [key, text] of query) {
    if (reserved.has(key) || !keys.includes(key)) continue;
    const values = key === 'filter' ? [text] : text.split(',').map((v) => v.trim()).filter(Boolean);
    if (values.length) filters.push({ key, values });
  }
  return filters;
}

/** Adds a value to a filter: a second value of one key widens it, as the API's commas do. */
export function withValue(query: URLSearchParams, key: string, value: string, single = false): URLSearchParams {
  const next = new URLSearchParams(query);
  if (key === 'filter') {
    if (!next.getAll('filter').includes(value)) next.append('filter', value);
    return next;
  }
  const values = single ? [] : (next.get(key)?.split(',').filter(Boolean) ?? []);
  if (!values.includes(value)) values.push(value);
  next.set(key, values.join(','));
  return next;
}

export function withoutValue(query: URLSearchParams, key: string, value?: string): URLSearchParams {
  const next = new URLSearchParams(query);
  if (key === 'filter') {
    const kept = next.getAll('filter').filter((v) => value !== undefined && v !== value);
    next.delete('filter');
    for (const v of kept) next.append('filter', v);
    return next;
  }
  const kept = value === undefined ? [] : (next.get(key)?.split(',').filter((v) => v && v !== value) ?? []);
  if (kept.length) next.set(key, kept.join(','));
  else next.delete(key);
  return next;
}

export interface Typed {
  key: string;
  value: string;
}

/**
 * What was typed into the filter bar: `state:open` or `port:23` with a known name becomes a filter; a name with a dot and a
 * comparison (`source.port>1024`, `malware.name=mirai`, `extra.tag?`) a filter on any field where the list has those; the rest is text.
 */
export function typed(text: string, keys: readonly string[]): Typed | null {
  const known = /^([a-z_]+):(.+)$/.exec(text.trim());
  if (known && keys.includes(known[1]!)) return { key: known[1]!, value: unquoted(known[2]!) };
  if (keys.includes('filter') && /^[a-z_]+(\.[a-z0-9_]+)+(!?=|~|<|>).+$|^[a-z_]+(\.[a-z0-9_]+)+\?$/i.test(text.trim())) {
    return { key: 'filter', value: text.trim() };
  }
  return null;
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, '$1').trim();
}

export const ranges = ['24h', '7d', '14d', '30d', '90d', '1y'] as const;
export type Range = (typeof ranges)[number];

const hours: Record<string, number> = { h: 1, d: 24, w: 168, y: 8766 };

/** The hours of a range like `24h`, `7d`; null where it is not one. */
export function rangeHours(range: string): number | null {
  const parts = /^(\d{1,4})([hdwy])$/.exec(range);
  return parts ? Number(parts[1]) * hours[parts[2]!]! : null;
}

/**
 * The times that an address asks for. A relative range ends now and begins on a whole minute, so that the same view asked
 * twice in a minute is the same question.
 */
export function timeRange(query: URLSearchParams, fallback: string, now: number): { from?: string; to?: string; range: string } {
  const from = query.get('from') ?? undefined;
  const to = query.get('to') ?? undefined;
  if (from || to) return { from, to, range: 'custom' };
  const range = query.get('range') ?? fallback;
  const length = rangeHours(range);
  if (length === null) return { range: 'all' };
  const minute = 60_000;
  const begin = Math.floor(now / minute) * minute - length * 3_600_000;
  return { from: new Date(begin).toISOString().replace('.000Z', 'Z'), range };
}

/** The bucket that gives a chart of 20 to 120 bars. */
export function bucketFor(fromMs: number, toMs: number): 'hour' | 'day' | 'week' | 'month' {
  const days = (toMs - fromMs) / 86_400_000;
  if (days <= 4) return 'hour';
  if (days <= 120) return 'day';
  return days <= 800 ? 'week' : 'month';
}

/** The query of the API for what the address says: its filters, text and times, without what only the screen needs. */
export function apiQuery(query: URLSearchParams, keys: readonly string[], times: { from?: string; to?: string }): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  const q = query.get('q')?.trim();
  if (q) out.q = q;
  for (const { key, values } of readFilters(query, keys)) {
    if (key === 'filter') out.filter = [...((out.filter as string[] | undefined) ?? []), values[0]!];
    else out[key] = values.join(',');
  }
  if (times.from) out.from = times.from;
  if (times.to) out.to = times.to;
  return out;
}
