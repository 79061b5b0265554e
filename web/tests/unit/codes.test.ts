import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const read = (path: string) => JSON.parse(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8'));
const schemas = read('../src/api/openapi.json').components.schemas;
const english = read('src/messages/en.json');

it.each([
  ['RuleSaying', 'rules.says'],
  ['WorthReason', 'intel.why'],
])('every code of %s has its message', (schema, start) => {
  const codes: string[] = schemas[schema].properties.code.enum;
  expect(codes.length).toBeGreaterThan(5);
  expect(codes.filter((code) => !(`${start}.${code}` in english))).toEqual([]);
});
