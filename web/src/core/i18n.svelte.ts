import type english from '~/messages/en.json';
import { format, parse, type Formats, type Values } from './icu';
import { best, isLanguage, languages, type Language } from './languages';
import { local } from './local';

export type Key = keyof typeof english;
type Messages = Partial<Record<Key, string>>;

const files = import.meta.glob<Messages>('../messages/*.json', { import: 'default' });

class I18n {
  language = $state<Language>('en');
  utc = $state(local.get('utc') === '1');
  messages = $state.raw<Messages>({});

  /** The language with the region the browser asks for (`en-GB`), so that dates look as they do elsewhere on this machine. */
  readonly locale = $derived(navigator.languages.find((tag) => tag.toLowerCase().split('-')[0] === this.language) ?? this.language);

  get dir() {
    return languages[this.language].dir;
  }

  get zone() {
    return this.utc ? 'UTC' : undefined;
  }

  /** Loads a language's messages and turns the page to its direction. An incomplete language is laid over English. */
  async speak(language: Language): Promise<void> {
    const load = (code: Language) => files[`../messages/${code}.json`]!();
    const own = await load(language);
    this.messages = languages[language].complete ? own : { ...(await load('en')), ...own };
    this.language = language;
    local.set('language', language);
    document.documentElement.lang = language;
    document.documentElement.dir = languages[language].dir;
  }

  setUtc(utc: boolean) {
    this.utc = utc;
    local.set('utc', utc ? '1' : '0');
  }
}

export const i18n = new I18n();

/** The language chosen on this machine before, or the best of those the browser asks for. */
export function preferredLanguage(): Language {
  const chosen = local.get('language') ?? '';
  return isLanguage(chosen) ? chosen : best(navigator.languages);
}

const parsed = new Map<string, ReturnType<typeof parse>>();

/** The message of a key in the reader's language, with its values put in. */
export function t(key: Key, values: Values = {}): string {
  const message = i18n.messages[key];
  if (message === undefined) return key;
  let nodes = parsed.get(message);
  if (!nodes) parsed.set(message, (nodes = parse(message)));
  return format(nodes, values, i18n.language, formats);
}

/** The message of a key made up at run time (`state.open`), or the fallback where there is none: codes of the field itself. */
export function tOr(key: string, fallback: string, values: Values = {}): string {
  return key in i18n.messages ? t(key as Key, values) : fallback;
}

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();
function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => T): T {
  let it = made.get(key) as T | undefined;
  if (!it) made.set(key, (it = make()));
  return it;
}

export function number(value: number | bigint, options: Intl.NumberFormatOptions = {}): string {
  const key = `n${i18n.locale}${JSON.stringify(options)}`;
  return once(key, () => new Intl.NumberFormat(i18n.locale, options)).format(value);
}

/** 12,345,678 as 12M: for axes and badges, never where the exact count matters. */
export function compact(value: number): string {
  return number(value, { notation: 'compact', maximumFractionDigits: 1 });
}

export function percent(value: number, digits = 0): string {
  return number(value, { style: 'percent', maximumFractionDigits: digits });
}

export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return number(value, { style: 'unit', unit: units[unit]!, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 });
}

export function dateTime(value: Date | string | number, options: Intl.DateTimeFormatOptions): string {
  const zoned: Intl.DateTimeFormatOptions = { timeZone: i18n.zone, hourCycle: 'h23', ...options };
  const key = `d${i18n.locale}${JSON.stringify(zoned)}`;
  const date = value instanceof Date ? value : new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  return once(key, () => new Intl.DateTimeFormat(i18n.locale, zoned)).format(date);
}

export function day(value: Date | string | number): string {
  return dateTime(value, { dateStyle: 'medium' });
}

export function moment(value: Date | string | number): string {
  return dateTime(value, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Day and time without the year, for the rows of a list. */
export function brief(value: Date | string | number): string {
  return dateTime(value, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** To the second and with the zone: what a title or a record shows. */
export function exact(value: Date | string | number): string {
  return dateTime(value, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
  });
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60],
];

/** "3 hours ago", "in 2 days". `now` is a parameter so that a clock can drive it. */
export function relative(value: Date | string | number, now: number): string {
  const date = value instanceof Date ? value : new Date(value);
  const seconds = (date.getTime() - now) / 1000;
  if (Number.isNaN(seconds)) return String(value);
  const make = once(`r${i18n.locale}`, () => new Intl.RelativeTimeFormat(i18n.locale, { numeric: 'auto', style: 'narrow' }));
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return make.format(Math.trunc(seconds / size), unit);
  }
  return make.format(0, 'second');
}

/** "2 h 5 min": a length of time. */
export function duration(seconds: number): string {
  const parts: string[] = [];
  const units: [string, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];
  let rest = Math.max(0, Math.round(seconds));
  for (const [unit, size] of units) {
    const n = Math.floor(rest / size);
    if (n > 0 || (unit === 'second' && parts.length === 0)) {
      parts.push(number(n, { style: 'unit', unit, unitDisplay: 'narrow' }));
      rest -= n * size;
    }
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

export function countryName(code: string): string {
  // Codes that are free for private use have no name; the browser would make one up.
  if (/^(AA|Q[M-Z]|X[A-JL-Z]|ZZ)$/.test(code)) return code;
  try {
    return new Intl.DisplayNames([i18n.language], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

export function languageName(code: string | null): string {
  if (code === null) return '–';
  try {
    return new Intl.DisplayNames([i18n.language], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

const formats: Formats = {
  number: (value, style) => (style === 'percent' ? percent(Number(value)) : number(value)),
  date: (value, style) => (style === 'time' ? moment(value) : day(value)),
};
