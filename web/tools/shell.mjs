// Makes dist/sw.js out of src/offline/worker.js: with the files that an assessment needs, and a version told by their content.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'));

const files = new Set(['favicon.svg']);
const seen = new Set();
(function need(key) {
  if (seen.has(key)) return;
  seen.add(key);
  const chunk = manifest[key];
  for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
  for (const other of chunk.imports ?? []) need(other);
  if (key === 'index.html') need('src/rooms/readiness/Assessment.svelte');
})('index.html');

const worker = await readFile(new URL('../src/offline/worker.js', import.meta.url), 'utf8');
const hash = createHash('sha256').update(worker);
for (const file of ['index.html', ...files]) hash.update(await readFile(new URL(file, dist)));
const made = worker
  .replace('__VERSION__', hash.digest('hex').slice(0, 16))
  .replace('__FILES__', JSON.stringify([...files].map((file) => `/${file}`)))
  .replace('__ENTRY__', `/${manifest['index.html'].file}`);
await writeFile(new URL('sw.js', dist), made);
