/**
 * The six languages of the console.
 *
 * `complete` is a promise that a test holds us to: such a file has exactly the keys of `en.json`. In a language that is not
 * complete yet, a missing message is shown in English.
 */
export const languages = {
  ar: { name: 'العربية', dir: 'rtl', complete: true },
  en: { name: 'English', dir: 'ltr', complete: true },
  es: { name: 'Español', dir: 'ltr', complete: true },
  fr: { name: 'Français', dir: 'ltr', complete: true },
  ru: { name: 'Русский', dir: 'ltr', complete: true },
  zh: { name: '中文', dir: 'ltr', complete: true },
} as const;

export type Language = keyof typeof languages;

export function isLanguage(code: string): code is Language {
  return Object.hasOwn(languages, code);
}

/** The first of the wanted languages that the console speaks: `fr-CA` is served with `fr`. English when there is none. */
export function best(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const code = tag.toLowerCase().split('-')[0]!;
    if (isLanguage(code)) return code;
  }
  return 'en';
}
