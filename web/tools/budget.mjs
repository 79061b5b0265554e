// Holds the build against the size bars: what the first useful screen loads in English, and what each further page adds.
// Sizes are those of gzip, which every browser takes; brotli is smaller. Fails the build when a bar is passed.
import { readFile, rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const bars = { first: 200_000, page: 60_000 };
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'));

const sizes = new Map();
async function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length);
  return sizes.get(file);
}

/** The files that a chunk needs at once: itself, its styles, and what it imports, but not what it may load later. */
function needs(key, files = new Set(), seen = new Set()) {
  if (seen.has(key)) return files;
  seen.add(key);
  const chunk = manifest[key];
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const other of chunk.imports ?? []) needs(other, files, seen);
  return files;
}

async function total(files) {
  let bytes = 0;
  for (const file of files) bytes += await size(file);
  return bytes;
}

// First screen: the shell, English, and the page Today with the library that draws its chart.
const start = needs('index.html');
start.add('index.html').add('favicon.svg');
const first = new Set(start);
for (const key of ['src/messages/en.json', 'src/rooms/today/Today.svelte', 'src/ui/plot.ts']) for (const file of needs(key)) first.add(file);

const rows = [['first screen (Today, English)', await total(first), bars.first]];
for (const key of Object.keys(manifest).filter((k) => k.startsWith('src/rooms/')).sort()) {
  const more = [...needs(key)].filter((file) => !start.has(file));
  rows.push([key.replace('src/rooms/', ''), await total(more), bars.page]);
}
let failed = false;
for (const [what, bytes, bar] of rows) {
  const over = bytes > bar;
  failed ||= over;
  console.log(`${over ? 'OVER' : 'ok  '} ${String(bytes).padStart(7)} of ${bar}  ${what}`);
}
await rm(new URL('.vite/', dist), { recursive: true });
if (failed) process.exit(1);
