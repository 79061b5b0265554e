// Makes src/rooms/readiness/world.ts, the map of the register, out of Natural Earth (public domain) as packed in the npm
// package world-atlas 2.0.2: node tools/world.mjs FOLDER/world-atlas. Shapes at 1:110m; States too small for it are dots,
// placed by their shapes at 1:10m. Shapes of what is no Member State have no code: the map draws them without a word.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const states = JSON.parse(readFileSync(new URL('../../catalogues/countries.json', import.meta.url), 'utf8')).countries;
const codeOf = new Map(states.map((s) => [s.m49, s.iso2]));
const across = 1600;

/** Equal Earth (Šavrič, Patterson, Jenny 2018): no State looks larger than it is. */
function project([longitude, latitude]) {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const m = Math.sqrt(3) / 2;
  const t = Math.asin(m * Math.sin((latitude * Math.PI) / 180));
  const t2 = t * t;
  const t6 = t2 ** 3;
  const x = ((longitude * Math.PI) / 180 * Math.cos(t)) / (m * (a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2)));
  const y = t * (a1 + a2 * t2 + t6 * (a3 + a4 * t2));
  return [x, y];
}
const half = project([180, 0])[0];
const top = project([0, 84])[1];
const bottom = project([0, -58])[1];
const scale = across / (2 * half);
const place = (point) => {
  const [x, y] = project(point);
  return [Math.round((x + half) * scale), Math.round((top - y) * scale)];
};

function read(name) {
  const world = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { scale: [kx, ky], translate: [dx, dy] } = world.transform;
  const arcs = world.arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([a, b]) => [(x += a) * kx + dx, (y += b) * ky + dy]);
  });
  const ring = (indices) => indices.flatMap((i, n) => (i < 0 ? [...arcs[~i]].reverse() : arcs[i]).slice(n ? 1 : 0));
  return world.objects.countries.geometries.map((g) => ({
    code: codeOf.get(g.id) ?? '',
    polygons: (g.type === 'Polygon' ? [g.arcs] : (g.arcs ?? [])).map((rings) => rings.map(ring)),
    name: g.properties.name,
  }));
}

function path(polygons) {
  let text = '';
  for (const ring of polygons.flat()) {
    // A ring that crosses the edge of the map goes on beyond it, rather than back across the whole world.
    let last = ring[0][0];
    const whole = ring.map(([x, y]) => [(last = x + 360 * Math.round((last - x) / 360)), y]);
    const points = whole.map(place).filter(([x, y], i, all) => i === 0 || x !== all[i - 1][0] || y !== all[i - 1][1]);
    if (points.length < 4) continue;
    let [x, y] = [0, 0];
    points.slice(0, -1).forEach(([px, py], i) => {
      const [ax, ay] = i ? [px - x, py - y] : [px, py];
      text += `${i === 0 ? 'M' : i === 1 ? 'l' : ax < 0 ? '' : ' '}${ax}${ay < 0 ? '' : ' '}${ay}`;
      [x, y] = [px, py];
    });
    text += 'z';
  }
  return text;
}

const area = (ring) => Math.abs(ring.reduce((sum, [x, y], i) => { const [u, v] = ring[(i + 1) % ring.length]; return sum + x * v - u * y; }, 0)) / 2;
const shapes = read('countries-110m.json').filter((c) => c.name !== 'Antarctica').map((c) => [c.code, path(c.polygons)]).filter(([, d]) => d);
const drawn = new Set(shapes.map(([code]) => code));
const dots = read('countries-10m.json').filter((c) => c.code && !drawn.has(c.code)).map((c) => {
  const largest = c.polygons.map((rings) => rings[0]).sort((a, b) => area(b) - area(a))[0];
  const [x, y] = place([0, 1].map((axis) => largest.reduce((sum, p) => sum + p[axis], 0) / largest.length));
  return [c.code, x, y];
}).sort(([a], [b]) => (a < b ? -1 : 1));
const missing = states.map((s) => s.iso2).filter((code) => !drawn.has(code) && !dots.some(([c]) => c === code));
if (missing.length) throw new Error(`no place for ${missing.join(' ')}`);

writeFileSync(new URL('../src/rooms/readiness/world.ts', import.meta.url), `/**
 * The world in Equal Earth projection, made by tools/world.mjs out of Natural Earth 4.1.0 (public domain; naturalearthdata.com)
 * as packed in world-atlas 2.0.2. Borders are those of that source, and contested in many places.
 */
export const width = ${across};
export const height = ${Math.round((top - bottom) * scale)};
/** Code of the Member State (ISO 3166-1 alpha-2; empty: none) and its outline. */
export const shapes: readonly (readonly [string, string])[] = ${JSON.stringify(shapes).replaceAll('],[', '],\n  [').replace('[[', '[\n  [').replace(/\]\]$/, '],\n]').replaceAll('"', "'")};
/** Member States too small for an outline. */
export const dots: readonly (readonly [string, number, number])[] = ${JSON.stringify(dots).replaceAll('"', "'")};
`);
console.log(`${shapes.length} shapes, ${dots.length} dots`);
