import type { Schemas } from '~/api/client';
import { t, tOr } from '~/core/i18n.svelte';
import type { Language } from '~/core/languages';
import type { Look } from '~/ui/states';

export type TeamDocument = Schemas['TeamDocument'];
export type Format = 'html' | 'pdf' | 'docx' | 'markdown';
export const formats: readonly Format[] = ['html', 'pdf', 'docx', 'markdown'];
export const formatName = (format: Format) => ({ html: t('action.open'), pdf: 'PDF', docx: 'DOCX', markdown: 'Markdown' })[format];

/** What can be answered, in the order of a form. */
export const groups = {
  team: ['team_name', 'host_organisation', 'established', 'country', 'constituency', 'affiliation', 'languages'],
  contact: ['email', 'phone', 'emergency_phone', 'hours', 'time_zone', 'address', 'website', 'incident_form', 'pgp_fingerprint', 'pgp_key'],
  mandate: ['mandate', 'authority', 'services', 'policies', 'policy_page', 'disclaimer', 'partners'],
  people: ['members', 'people', 'training', 'budget', 'equipment'],
  crisis: ['on_call', 'escalation', 'decision_maker', 'media_contact'],
  document: ['last_update', 'distribution_list', 'document_location'],
} as const;
export const allAnswers: readonly string[] = Object.values(groups).flat();

/** Those that take more than a line. */
export const long = new Set(['constituency', 'affiliation', 'hours', 'address', 'mandate', 'authority', 'services', 'policies', 'disclaimer', 'partners', 'members', 'people', 'training', 'budget', 'equipment', 'on_call', 'escalation', 'media_contact']);
/** Those that read from left to right in every language. */
export const machine = new Set(['established', 'languages', 'email', 'phone', 'emergency_phone', 'website', 'incident_form', 'pgp_fingerprint', 'pgp_key', 'policy_page', 'last_update', 'document_location', 'time_zone']);
const helpOf: Record<string, string> = { website: 'web', incident_form: 'web', pgp_key: 'web', policy_page: 'web', document_location: 'web', established: 'date', last_update: 'date', emergency_phone: 'phone' };

export const answerName = (name: string) => tOr(`docs.answer.${name}`, name);
export const answerHelp = (name: string) => tOr(`docs.help.${helpOf[name] ?? name}`, '');

/** What security.txt is made from; without an address for mail there is none. */
export const securityAnswers: readonly string[] = ['email', 'incident_form', 'phone', 'pgp_key', 'policy_page', 'languages', 'website'];

/** The answers that a document's texts put in, in the order of the form. */
export function answersIn(document: TeamDocument): string[] {
  const named = new Set(document.sections.flatMap((s) => [...s.text.matchAll(/\{\{\s*([a-z_]+)\s*\}\}/g)].map((m) => m[1]!)));
  return allAnswers.filter((name) => named.has(name));
}

export function missingLook(document: TeamDocument): Look {
  const n = document.missing.length;
  return n ? { tone: 'warn', icon: 'alert', text: t('docs.missingCount', { n }) } : { tone: 'good', icon: 'check', text: t('docs.complete') };
}

export const languageOf = (query: URLSearchParams, fallback: Language): Language => {
  const asked = query.get('language') ?? '';
  return (['ar', 'zh', 'en', 'fr', 'ru', 'es'] as const).find((l) => l === asked) ?? fallback;
};
