import type { Schemas } from '~/api/client';
import { number, percent, t, type Key } from '~/core/i18n.svelte';

/** How figures with intervals are shown, and where they lead. */
export const dimensions = ['organisation', 'sector', 'identifier', 'type', 'taxonomy', 'feed', 'rule', 'severity', 'asn', 'network', 'country'] as const;
export type Dimension = (typeof dimensions)[number];

export const share = (value: Schemas['Interval'] | null | undefined) => (value ? percent(value.value, 1) : '–');
export const between = (value: Schemas['Interval'] | null | undefined) => (value ? `${percent(value.low, 0)}–${percent(value.high, 0)}` : '');
export const days = (value: Schemas['MedianDays'] | null | undefined) => (value ? number(value.value) : '–');
export const daysBetween = (value: Schemas['MedianDays'] | null | undefined) => (value ? `${value.low ?? '?'}–${value.high ?? '?'}` : '');

/** What the list of findings calls a dimension; a sector is no filter there. */
const filters: Partial<Record<Dimension, string>> = {
  organisation: 'organisation', identifier: 'identifier', type: 'type', taxonomy: 'taxonomy', feed: 'feed', severity: 'severity', asn: 'asn', network: 'address', country: 'country',
};

/** The list behind a number: the same filters, and what the number counts. */
export function listOf(query: URLSearchParams, more: Record<string, string>): string {
  const to = new URLSearchParams();
  for (const [key, value] of query) if (!['by', 'sector', 'from', 'to'].includes(key)) to.set(key, value);
  for (const [key, value] of Object.entries(more)) if (value) to.set(key, value);
  return `/findings?${to}`;
}

export function listOfGroup(query: URLSearchParams, by: Dimension, key: string, more: Record<string, string> = {}): string | null {
  const filter = filters[by];
  if (!filter || (!key && by !== 'organisation')) return null;
  return listOf(query, { ...more, [filter]: key || 'none' });
}

/** Standings, and what the list of findings calls them; null: it has no such filter. */
export const standings: { id: keyof Schemas['RepairGroup']['standings']; label: Key; filter: Record<string, string> | null }[] = [
  { id: 'repaired', label: 'repair.standing.repaired', filter: { state: 'repaired' } },
  { id: 'open', label: 'repair.standing.open', filter: null },
  { id: 'silent', label: 'repair.standing.silent', filter: null },
  { id: 'back', label: 'repair.standing.back', filter: null },
  { id: 'disputed', label: 'repair.standing.disputed', filter: { state: 'open,back', said: 'not_ours,false_positive' } },
  { id: 'ruled_out', label: 'repair.standing.ruled_out', filter: { state: 'false_positive' } },
];

export const dimensionName = (by: Dimension) => t(`repair.by.${by}` as Key);
