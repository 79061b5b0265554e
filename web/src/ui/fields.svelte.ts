import { SvelteMap } from 'svelte/reactivity';
import { countryName, dateTime, number, t, tOr, type Key } from '~/core/i18n.svelte';
import { remembered } from '~/core/load.svelte';
import { session } from '~/core/session.svelte';

/** What a list can be filtered by, and how a value is offered and shown. */
export interface Option {
  value: string;
  label: string;
}
export interface Field {
  key: string;
  label: string;
  /** True when only one value makes sense. */
  single?: boolean;
  /** An example, shown where the value is typed. */
  example?: string;
  options?: (typed: string) => Option[] | Promise<Option[]>;
  show?: (value: string) => string;
}

const taxonomies: Record<string, readonly string[]> = {
  'abusive-content': ['spam', 'harmful-speech', 'violence'],
  'malicious-code': ['infected-system', 'c2-server', 'malware-distribution', 'malware-configuration'],
  'information-gathering': ['scanner', 'sniffing', 'social-engineering'],
  'intrusion-attempts': ['ids-alert', 'brute-force', 'exploit'],
  intrusions: ['privileged-account-compromise', 'unprivileged-account-compromise', 'application-compromise', 'system-compromise', 'burglary'],
  availability: ['dos', 'ddos', 'misconfiguration', 'sabotage', 'outage'],
  'information-content-security': ['unauthorised-information-access', 'unauthorised-information-modification', 'data-loss', 'data-leak'],
  fraud: ['unauthorised-use-of-resources', 'copyright', 'masquerade', 'phishing'],
  vulnerable: ['weak-crypto', 'ddos-amplifier', 'potentially-unwanted-accessible', 'information-disclosure', 'vulnerable-system'],
  other: ['other', 'undetermined'],
};

/** `ddos-amplifier` as words, in the reader's language where the taxonomy has been translated. */
export const words = (code: string) => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ').replaceAll('_', ' ');
export const taxonomyName = (code: string) => tOr(`taxonomy.${code}`, words(code));
export const typeName = (code: string) => tOr(`type.${code}`, words(code));

const types = new Set(Object.values(taxonomies).flat());
/** Whether a class named in a summary is a type of the taxonomy or a publisher's identifier; and its name. */
export const kindOfClass = (code: string) => (types.has(code) ? 'type' : 'identifier');
export const classTitle = (code: string) => (types.has(code) ? typeName(code) : code);

const listed = (values: readonly string[], show: (v: string) => string) => (typed: string) => {
  const wanted = typed.toLowerCase();
  return values.map((value) => ({ value, label: show(value) })).filter((o) => o.value.includes(wanted) || o.label.toLowerCase().includes(wanted));
};

function choice(key: string, label: string, values: readonly string[], show: (v: string) => string, single = false): Field {
  return { key, label, single, options: listed(values, show), show };
}

const organisationNames = new SvelteMap<string, string>();
const accountNames = new SvelteMap<string, string>();
const asked = new Set<string>();

export function organisationName(id: string): string {
  if (id === 'none') return t('filter.nobody');
  if (!asked.has(id) && /^\d+$/.test(id)) {
    asked.add(id);
    remembered('/api/v1/organisations/{id}', { path: { id: Number(id) } })
      .then((detail) => organisationNames.set(id, detail.organisation.name))
      .catch(() => {});
  }
  return organisationNames.get(id) ?? `#${id}`;
}

async function organisationOptions(typed: string): Promise<Option[]> {
  const page = await remembered('/api/v1/organisations', { query: { q: typed || undefined, limit: 8 } });
  for (const { id, name } of page.items) organisationNames.set(String(id), name);
  const none = { value: 'none', label: t('filter.nobody') };
  return [...page.items.map(({ id, name }) => ({ value: String(id), label: name })), ...(typed ? [] : [none])];
}

async function feedOptions(typed: string): Promise<Option[]> {
  const feeds = (await remembered('/api/v1/feeds', { query: { active: 'yes' } })).items;
  const wanted = typed.toLowerCase();
  return feeds.filter((f) => f.id.includes(wanted) || f.name.toLowerCase().includes(wanted)).map((f) => ({ value: f.id, label: f.id })).slice(0, 12);
}

async function accountOptions(typed: string): Promise<Option[]> {
  const fixed = [{ value: 'me', label: t('filter.me') }, { value: 'none', label: t('filter.nobody') }];
  if (!session.can('analyst')) return fixed;
  const users = (await remembered('/api/v1/users')).items;
  for (const user of users) accountNames.set(String(user.id), user.full_name || user.name);
  const all = [...fixed, ...users.map((u) => ({ value: String(u.id), label: u.full_name || u.name }))];
  return all.filter((o) => o.label.toLowerCase().includes(typed.toLowerCase()));
}

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
/** A day or a time as an address has it. Days are days of UTC: elsewhere the day before would be read. */
export const addressTime = (v: string) => dateTime(v, /T(?!00:00(:00)?Z$)/.test(v) ? { dateStyle: 'medium', timeStyle: 'short' } : { dateStyle: 'medium', timeZone: 'UTC' });
const time = (key: string, label: Key): Field => ({ key, label: t(label), single: true, example: '2026-01-31', show: addressTime });
const yesNo = (v: string) => (v === 'yes' ? t('word.yes') : t('word.no'));

/** Made anew when the language changes, because the labels are in it. */
export const field = {
  feed: (): Field => ({ key: 'feed', label: t('field.feed'), options: feedOptions }),
  organisation: (): Field => ({ key: 'organisation', label: t('field.organisation'), options: organisationOptions, show: organisationName }),
  address: (): Field => ({ key: 'address', label: t('field.address'), single: true, example: '192.0.2.0/24' }),
  asn: (): Field => ({ key: 'asn', label: t('field.asn'), example: '64496', show: (v) => `AS${v.replace(/^AS/i, '')}` }),
  domain: (): Field => ({ key: 'domain', label: t('field.domain'), single: true, example: 'bank.example' }),
  port: (): Field => ({ key: 'port', label: t('field.port'), example: '23' }),
  country: (): Field => ({ key: 'country', label: t('field.country'), example: 'KE', show: (v) => countryName(v) }),
  transport: (): Field => choice('transport', t('field.transport'), ['tcp', 'udp'], (v) => v),
  severity: (): Field => choice('severity', t('field.severity'), severities, (v) => tOr(`severity.${v}`, v)),
  taxonomy: (): Field => choice('taxonomy', t('field.taxonomy'), Object.keys(taxonomies), taxonomyName),
  type: (): Field => choice('type', t('field.type'), Object.values(taxonomies).flat(), typeName),
  identifier: (): Field => ({ key: 'identifier', label: t('field.identifier'), example: 'open-telnet' }),
  lane: (): Field => choice('lane', t('field.lane'), ['own', 'abroad', 'none'], (v) => tOr(`lane.${v}`, v), true),
  report: (): Field => ({ key: 'report', label: t('field.report'), single: true, show: (v) => `#${number(Number(v), { useGrouping: false })}` }),
  finding: (): Field => ({ key: 'finding', label: t('field.finding'), single: true }),
  filter: (): Field => ({ key: 'filter', label: t('field.any'), example: 'malware.name=mirai' }),
  state: (): Field => choice('state', t('field.state'), ['open', 'back', 'repaired', 'false_positive'], (v) => tOr(`state.${v}`, v)),
  said: (): Field => choice('said', t('field.said'), ['seen', 'repaired', 'not_ours', 'false_positive', 'nothing'], (v) => tOr(`said.${v}`, v)),
  assigned: (): Field => ({
    key: 'assigned', label: t('field.assigned'), single: true, options: accountOptions,
    show: (v) => (v === 'me' ? t('filter.me') : v === 'none' ? t('filter.nobody') : (accountNames.get(v) ?? `#${v}`)),
  }),
  firstFrom: () => time('first_from', 'field.firstFrom'),
  firstTo: () => time('first_to', 'field.firstTo'),
  repairedFrom: () => time('repaired_from', 'field.repairedFrom'),
  repairedTo: () => time('repaired_to', 'field.repairedTo'),
  openAt: () => time('open_at', 'field.openAt'),
  told: (): Field => choice('told', t('field.told'), ['yes'], yesNo, true),
  sector: (): Field => ({ key: 'sector', label: t('field.sector'), example: 'energy', show: (v) => (v === 'none' ? t('filter.nobody') : v) }),
  answered: (): Field => choice('answered', t('field.answered'), ['yes', 'no'], yesNo, true),
};
