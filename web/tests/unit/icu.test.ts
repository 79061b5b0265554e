import { describe, expect, it } from 'vitest';
import { format, names, parse, type Formats, type Values } from '../../src/core/icu';

const formats: Formats = {
  number: (value, style) => (style === 'percent' ? `${Number(value) * 100} %` : String(value)),
  date: (value) => value.toISOString().slice(0, 10),
};
const say = (message: string, values: Values = {}, locale = 'en') => format(parse(message), values, locale, formats);

describe('ICU messages', () => {
  it('puts values in', () => {
    expect(say('{who} did {what}', { who: 'A', what: 'B' })).toBe('A did B');
    expect(say('{p, number, percent}', { p: 0.5 })).toBe('50 %');
    expect(say('{d, date}', { d: '2026-11-23T10:00:00Z' })).toBe('2026-11-23');
  });
  it('shows the name of a value that is missing', () => {
    expect(say('Hello {name}')).toBe('Hello {name}');
  });
  it('chooses plurals by the rules of the language', () => {
    const message = '{n, plural, zero {none} one {one} two {two} few {few #} many {many #} other {other #}}';
    expect([0, 1, 2, 3, 11, 100].map((n) => say(message, { n }, 'ar'))).toEqual(['none', 'one', 'two', 'few 3', 'many 11', 'other 100']);
    expect([1, 2, 5, 21].map((n) => say(message, { n }, 'ru'))).toEqual(['one', 'few 2', 'many 5', 'one']);
    expect(say('{n, plural, one {# file} other {# files}}', { n: 1 })).toBe('1 file');
  });
  it('prefers exact cases and takes off an offset', () => {
    const message = '{n, plural, offset:1 =0 {nobody} =1 {you} one {you and # other} other {you and # others}}';
    expect([0, 1, 2, 3].map((n) => say(message, { n }))).toEqual(['nobody', 'you', 'you and 1 other', 'you and 2 others']);
  });
  it('selects by a word and nests', () => {
    const message = '{k, select, a {A {n, plural, one {#} other {many #}}} other {else}}';
    expect(say(message, { k: 'a', n: 4 })).toBe('A many 4');
    expect(say(message, { k: 'z', n: 4 })).toBe('else');
  });
  it('reads apostrophes as ICU does', () => {
    expect(say("l''heure d'été '{x}' '{'")).toBe("l'heure d'été {x} {");
  });
  it('keeps # outside plurals and spaces inside cases', () => {
    expect(say('#{id}', { id: 7 })).toBe('#7');
    expect(say('{n, plural, other { x }}', { n: 2 })).toBe(' x ');
  });
  it('lists the names a message uses', () => {
    expect([...names(parse('{a} {b, plural, other {{c}}}'))]).toEqual(['a', 'b', 'c']);
  });
  it.each(['{', '}', '{a', '{a, plural, one {x}}', '{a, time}', '{n, plural, other {x}'])('refuses %s', (message) => {
    expect(() => parse(message)).toThrow(SyntaxError);
  });
});
