/**
 * A small formatter for messages in ICU MessageFormat.
 *
 * Understood: `{name}`, `{n, number}`, `{n, number, percent}`, `{d, date}`, `{n, plural, offset:1 =0 {…} one {…} other {…}}`,
 * `{n, selectordinal, …}`, `{x, select, a {…} other {…}}`, `#` inside a plural, and apostrophe quoting (`''`, `'{'`).
 * A message that does not parse throws a SyntaxError: messages are ours, so that is a bug, and the tests parse all of them.
 */

export type Value = string | number | bigint | Date | boolean | null | undefined;
export type Values = Record<string, Value>;

type Node =
  | { kind: 'text'; text: string }
  | { kind: 'value'; name: string; format: string; style: string }
  | { kind: 'pound' }
  | { kind: 'choice'; name: string; by: 'plural' | 'selectordinal' | 'select'; offset: number; cases: Map<string, Node[]> };

export interface Formats {
  number(value: number | bigint, style: string): string;
  date(value: Date, style: string): string;
}

class Reader {
  private at = 0;
  constructor(private readonly source: string) {}

  message(inPlural: boolean, nested: boolean): Node[] {
    const nodes: Node[] = [];
    let text = '';
    const flush = () => {
      if (text) nodes.push({ kind: 'text', text });
      text = '';
    };
    while (this.at < this.source.length) {
      const c = this.source[this.at]!;
      if (c === "'") {
        text += this.quoted();
      } else if (c === '{') {
        flush();
        nodes.push(this.argument());
      } else if (c === '}') {
        if (!nested) this.fail('a } without its {');
        break;
      } else if (c === '#' && inPlural) {
        flush();
        nodes.push({ kind: 'pound' });
        this.at++;
      } else {
        text += c;
        this.at++;
      }
    }
    flush();
    return nodes;
  }

  private quoted(): string {
    const next = this.source[this.at + 1];
    if (next === "'") {
      this.at += 2;
      return "'";
    }
    if (next !== '{' && next !== '}' && next !== '#') {
      this.at++;
      return "'";
    }
    let text = '';
    for (this.at++; this.at < this.source.length; this.at++) {
      if (this.source[this.at] !== "'") text += this.source[this.at];
      else if (this.source[this.at + 1] === "'") {
        text += "'";
        this.at++;
      } else break;
    }
    this.at++;
    return text;
  }

  private argument(): Node {
    this.expect('{');
    const name = this.word();
    if (!name) this.fail('a name');
    if (this.take('}')) return { kind: 'value', name, format: '', style: '' };
    this.expect(',');
    const format = this.word();
    if (format === 'plural' || format === 'select' || format === 'selectordinal') {
      this.expect(',');
      return this.choice(name, format);
    }
    if (format !== 'number' && format !== 'date') this.fail('number, date, plural, select or selectordinal');
    const style = this.take(',') ? this.word() : '';
    this.expect('}');
    return { kind: 'value', name, format, style };
  }

  private choice(name: string, by: 'plural' | 'select' | 'selectordinal'): Node {
    const cases = new Map<string, Node[]>();
    let offset = 0;
    for (;;) {
      if (this.take('}')) break;
      const word = this.word();
      if (!word) this.fail('a case');
      if (word === 'offset:') {
        offset = Number(this.word());
        continue;
      }
      this.expect('{');
      cases.set(word, this.message(by !== 'select', true));
      this.expect('}');
    }
    if (!cases.has('other')) this.fail('a case "other"');
    return { kind: 'choice', name, by, offset, cases };
  }

  private word(): string {
    this.space();
    const from = this.at;
    while (this.at < this.source.length && !/[\s{},]/.test(this.source[this.at]!)) {
      this.at++;
      if (this.source.slice(from, this.at) === 'offset:') break;
    }
    return this.source.slice(from, this.at);
  }

  private space() {
    while (/\s/.test(this.source[this.at] ?? '')) this.at++;
  }

  private take(c: string): boolean {
    this.space();
    if (this.source[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private expect(c: string) {
    // Inside a case's message spaces count, so only the closing brace may follow there.
    if (c === '}' && this.source[this.at] === '}') {
      this.at++;
      return;
    }
    if (!this.take(c)) this.fail(c);
  }

  private fail(expected: string): never {
    throw new SyntaxError(`message "${this.source}": expected ${expected} at ${this.at}`);
  }
}

/** The parsed form of a message. Throws a SyntaxError with the place when the message is not well formed. */
export function parse(message: string): Node[] {
  return new Reader(message).message(false, false);
}

/** The names of all arguments that a message uses, for the test that compares languages. */
export function names(nodes: Node[], into = new Set<string>()): Set<string> {
  for (const node of nodes) {
    if (node.kind === 'value') into.add(node.name);
    if (node.kind === 'choice') {
      into.add(node.name);
      for (const inner of node.cases.values()) names(inner, into);
    }
  }
  return into;
}

/** The plural and ordinal cases a message uses, for the test that holds them against the language's own rules. */
export function pluralCases(nodes: Node[], into: string[][] = []): string[][] {
  for (const node of nodes) {
    if (node.kind !== 'choice') continue;
    if (node.by === 'plural') into.push([...node.cases.keys()]);
    for (const inner of node.cases.values()) pluralCases(inner, into);
  }
  return into;
}

const rules = new Map<string, Intl.PluralRules>();
function category(locale: string, n: number, type: Intl.PluralRuleType): string {
  const key = locale + type;
  let rule = rules.get(key);
  if (!rule) rules.set(key, (rule = new Intl.PluralRules(locale, { type })));
  return rule.select(n);
}

/** Puts values into a parsed message. A value that is missing shows as its name in braces, so that it is seen. */
export function format(nodes: Node[], values: Values, locale: string, formats: Formats, pound?: number): string {
  let out = '';
  for (const node of nodes) {
    if (node.kind === 'text') out += node.text;
    else if (node.kind === 'pound') out += pound === undefined ? '#' : formats.number(pound, '');
    else if (node.kind === 'value') out += shown(values[node.name], node, formats);
    else out += chosen(node, values, locale, formats, pound);
  }
  return out;
}

function shown(value: Value, node: { name: string; format: string; style: string }, formats: Formats): string {
  if (value === undefined) return `{${node.name}}`;
  if (node.format === 'date' && !(value instanceof Date)) return formats.date(new Date(String(value)), node.style);
  if (value instanceof Date) return formats.date(value, node.style);
  if (typeof value === 'number' || typeof value === 'bigint') return formats.number(value, node.style);
  return String(value);
}

function chosen(node: Node & { kind: 'choice' }, values: Values, locale: string, formats: Formats, outer?: number): string {
  const value = values[node.name];
  if (node.by === 'select') {
    const nodes = node.cases.get(String(value)) ?? node.cases.get('other')!;
    return format(nodes, values, locale, formats, outer);
  }
  const n = Number(value);
  const rest = n - node.offset;
  const type = node.by === 'plural' ? 'cardinal' : 'ordinal';
  const nodes = node.cases.get(`=${n}`) ?? node.cases.get(category(locale, rest, type)) ?? node.cases.get('other')!;
  return format(nodes, values, locale, formats, rest);
}

/** Kept apart from the text around it, whatever direction either has. */
export const apart = (text: string) => `\u2068${text}\u2069`;
