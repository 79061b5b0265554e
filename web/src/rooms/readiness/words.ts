import type { Schemas } from '~/api/client';
import { match } from '~/app/routes';
import { i18n, t, tOr } from '~/core/i18n.svelte';
import { session } from '~/core/session.svelte';
import type { Look } from '~/ui/states';

/** A text of a catalogue in the reader's language. */
export const said = (texts: Schemas['Texts'] | undefined): string => texts?.[i18n.language] || texts?.en || '';

export function assessmentLook(state: Schemas['AssessmentHead']['state']): Look {
  const looks = { open: { tone: 'accent', icon: 'edit' }, moderated: { tone: 'good', icon: 'check' }, closed: { tone: 'quiet', icon: 'lock' } } as const;
  return { ...looks[state], text: tOr(`ready.state.${state}`, state) };
}

export function standingLook(standing: Schemas['ItemEvidence']['standing']): Look {
  const looks = { none: { tone: 'quiet', icon: 'info' }, proven: { tone: 'good', icon: 'check' }, unproven: { tone: 'accent', icon: 'user' }, stale: { tone: 'warn', icon: 'clock' } } as const;
  return { ...looks[standing], text: tOr(`ready.standing.${standing}`, standing) };
}

export function pictureLook(picture: Schemas['Picture']): Look {
  const looks = {
    unknown: { tone: 'quiet', icon: 'info' }, claimed: { tone: 'good', icon: 'check' }, denied: { tone: 'bad', icon: 'cross' },
    planned: { tone: 'accent', icon: 'clock' }, contradicting: { tone: 'warn', icon: 'alert' },
  } as const;
  return { ...looks[picture], text: tOr(`ready.picture.${picture}`, picture) };
}

/** Evidence points to an address of the API; where the console has a page of the same name, that page. */
export function recordsPage(link: string): string {
  const page = link.replace(/^\/api\/v1/, '');
  return page !== link && match(page.split('?')[0]!) ? page : link;
}

/** The levels that an item may have: those of its own scale, or of the assignment's. */
export function levelsOf(framework: Schemas['Framework'], item: Schemas['FrameworkItem'], assignment: string | null | undefined): Schemas['FrameworkLevel'][] {
  const scales = framework.scales ?? [];
  const id = item.scale ?? framework.assignments?.find((a) => a.id === assignment)?.scale;
  const scale = scales.find((s) => s.id === id) ?? scales[0];
  return [...(scale?.levels ?? [])].sort((a, b) => (a.value ?? 99) - (b.value ?? 99));
}
export const highest = (framework: Schemas['Framework']) => Math.max(1, ...(framework.scales ?? []).flatMap((s) => s.levels.map((l) => l.value ?? 0)));

/** Who did it: the server says `account:7`, or the name of a program. */
export function doer(by: string): string {
  if (by === 'server') return t('timeline.server');
  const account = /^account:(\d+)$/.exec(by)?.[1];
  if (!account) return by || '–';
  return Number(account) === session.user?.id ? session.user.full_name || session.user.name : `${t('thing.user')} ${account}`;
}

export const pictures = ['unknown', 'claimed', 'denied', 'planned', 'contradicting'] as const;

export function sureLook(sure: Schemas['Sure']): Look {
  const looks = { confirmed: { tone: 'good', icon: 'check' }, seen: { tone: 'quiet', icon: 'info' }, 'to-check': { tone: 'warn', icon: 'alert' } } as const;
  return { ...looks[sure], text: tOr(`ready.sure.${sure}`, sure) };
}

/** What is another at an evaluation than at the one before. */
export function changeLook(change: Schemas['EvaluationDifference']['change']): Look {
  const looks = {
    risen: { tone: 'good', icon: 'up' }, fallen: { tone: 'bad', icon: 'down' }, new: { tone: 'accent', icon: 'plus' }, gone: { tone: 'quiet', icon: 'cross' },
    changed: { tone: 'accent', icon: 'edit' }, 'grown-stale': { tone: 'warn', icon: 'clock' }, 'fresh-again': { tone: 'good', icon: 'check' },
  } as const;
  return { ...looks[change], text: tOr(`evaluation.change.${change}`, change) };
}

/** Words of the server as values of a message: numbers are written as the reader writes them. */
const valuesOf = (words: object) => Object.fromEntries(Object.entries(words as Record<string, string>).map(([name, word]) => [name, /^\d+(\.\d+)?$/.test(word) ? Number(word) : /^\d{4}-\d\d-\d\d$/.test(word) ? new Date(word) : word]));
/** What a piece of proof says, in the reader's language; English where the rule is newer than the console. */
export const sentenceOf = (piece: Schemas['EvidencePiece']): string => tOr(`evidence.${piece.rule}`, piece.value, valuesOf(piece.words));
/** The rule that led to it. */
export const ruleOf = (piece: Schemas['EvidencePiece']): string => (`rule.${piece.rule}` in i18n.messages ? `${tOr(`rule.${piece.rule}`, '')} ${t('ready.countsDays', { n: piece.days })}` : piece.why);
