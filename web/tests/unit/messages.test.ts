import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { languages, type Language } from '../../src/core/languages';
import { names, parse, pluralCases } from '../../src/core/icu';

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const read = (code: string) => JSON.parse(readFileSync(`${root}messages/${code}.json`, 'utf8')) as Record<string, string>;
const english = read('en');
const codes = Object.keys(languages) as Language[];

describe.each(codes)('messages of %s', (code) => {
  const own = read(code);
  it('are well formed, know no key that English does not, and use the same values', () => {
    for (const [key, message] of Object.entries(own)) {
      expect(english, `${code}: ${key} is not in en.json`).toHaveProperty([key]);
      const nodes = parse(message);
      expect([...names(nodes)].sort(), `${code}: values of ${key}`).toEqual([...names(parse(english[key]!))].sort());
      expect(message.trim(), `${code}: ${key} is empty`).not.toBe('');
    }
  });
  it('have every plural form the language needs', () => {
    const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories.filter((c) => c !== 'other' && !(c === 'many' && ['fr', 'es'].includes(code)));
    for (const [key, message] of Object.entries(own)) {
      for (const cases of pluralCases(parse(message))) {
        const covered = needed.filter((c) => cases.includes(c) || (c === 'zero' && cases.includes('=0')) || (c === 'one' && cases.includes('=1')) || (c === 'two' && cases.includes('=2')));
        if (cases.length > 1) expect(covered, `${code}: plural forms of ${key}`).toEqual(needed);
      }
    }
  });
  if (languages[code].complete) {
    it('are complete', () => {
      expect(Object.keys(english).filter((key) => !(key in own))).toEqual([]);
    });
  }
});

describe('keys in the source', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => /\.(svelte|ts)$/.test(f));
  const source = files.map((f) => readFileSync(root + f, 'utf8')).join('\n');
  const used = new Set([...source.matchAll(/'([a-zA-Z]+(?:\.[a-zA-Z0-9_-]+)+)'/g)].map((m) => m[1]!));
  const made = [...source.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*)\.\$\{/g)].map((m) => m[1]!);
  it('leave no message unused', () => {
    const unused = Object.keys(english).filter((key) => !used.has(key) && !made.some((start) => key.startsWith(`${start}.`)));
    expect(unused).toEqual([]);
  });
});
