// Makes src/api/schema.d.ts from the server's OpenAPI document, so that the type check fails when the contract changes.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const contract = process.env.TOCSIN_OPENAPI
  ? new URL(`file://${process.env.TOCSIN_OPENAPI}`)
  : new URL('../../src/api/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

const types = `// Generated from the server's OpenAPI document by tools/types.mjs.\n${astToString(await openapiTS(contract))}`;
const before = await readFile(target, 'utf8').catch(() => '');
if (before !== types) await writeFile(target, types);
