import type { Schemas } from '~/api/client';
import { apart } from '~/core/icu';
import { countryName, duration, i18n, languageName, number, t, tOr } from '~/core/i18n.svelte';

/** What rules say, in the reader's language: the server gives a code and what is put in, as it stands in a rule file. */
type Saying = Schemas['RuleSaying'];

const seconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** "1d12h" in the reader's words; what is no length of time stays as it is. */
function length(text: string): string {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  if (!parts.length || parts.map((p) => p[0]).join('') !== text) return text;
  return duration(parts.reduce((sum, p) => sum + Number(p[1]) * seconds[p[2]!]!, 0));
}

const severity = (text: string) => tOr(`severity.${text}`, text).toLocaleLowerCase(i18n.language);
const level = (text: string) => (text === 'parent' ? t('rules.value.parent') : tOr(`kind.${text}`, text));
const count = (text: string) => number(Number(text));

/** How a value of a code is said, where it is not said as it is written. */
const said: Record<string, (value: string, at: number) => string> = {
  'when.severity': severity,
  'when.severity_or_none': severity,
  'when.kind': (text) => tOr(`kind.${text}`, text),
  'when.country': countryName,
  'when.open_for': length,
  'then.interval': length,
  'then.reminder': length,
  'then.findings': count,
  'then.events': count,
  'then.urgent': severity,
  'then.language': languageName,
  'then.channel': (text) => tOr(`channel.${text}`, text),
  'then.encryption': (text) => tOr(`rules.value.encryption.${text}`, text),
  'then.approvals': (text) => tOr(`rules.value.approval.${text}`, text),
  'then.to_roles': (text) => tOr(`role.${text}`, text),
  'then.step': (text, at) => (at === 0 ? length(text) : level(text)),
  'note.else_by_mail': (text, at) => (at === 2 ? tOr(`channel.${text}`, text) : text),
  'expected.tables': (text) => `[[${text}]]`,
  'expected.table': (text) => `[[${text}]]`,
};

function listed(values: string[], alternatives: boolean): string {
  if (!alternatives) return values.join(i18n.language === 'ar' ? '، ' : i18n.language === 'zh' ? '、' : ', ');
  return new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(values);
}

export function says(saying: Saying): string {
  const say = said[saying.code] ?? ((text: string) => text);
  const values = saying.values.map((value, at) => apart(say(value, at)));
  const [a = '', b = '', c = ''] = values;
  return t(`rules.says.${saying.code}`, { a, b, c, list: listed(values, !saying.code.startsWith('expected.') && saying.code !== 'then.attach') });
}

/** Several at once. */
export function saysAll(sayings: readonly Saying[]): string {
  return sayings.map(says).join(i18n.language === 'ar' ? '؛ ' : i18n.language === 'zh' ? '；' : '; ');
}
