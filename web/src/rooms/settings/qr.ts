/**
 * QR codes (ISO/IEC 18004), as far as the second factor needs them: byte mode, error correction L, versions 1 to 10 (271 bytes).
 * Returns the rows of modules, true for dark; null when the text is too long.
 */
const totalWords = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346];
const checkWords = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18];
const blockCounts = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4];
const aligned = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

const power: number[] = [];
const logarithm: number[] = [];
for (let i = 0, x = 1; i < 255; i++) {
  power[i] = x;
  logarithm[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}
const times = (a: number, b: number) => (a && b ? power[(logarithm[a]! + logarithm[b]!) % 255]! : 0);

export function qr(text: string): boolean[][] | null {
  const data = [...new TextEncoder().encode(text)];
  const version = totalWords.findIndex((total, v) => data.length + (v >= 9 ? 3 : 2) <= total - checkWords[v]! * blockCounts[v]!) + 1;
  return version === 0 ? null : best(version, woven(version, packed(version, data)));
}

/** Mode, length, bytes and padding as code words. */
function packed(version: number, data: number[]): number[] {
  const room = totalWords[version - 1]! - checkWords[version - 1]! * blockCounts[version - 1]!;
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(data.length, version >= 10 ? 16 : 8);
  for (const byte of data) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const words: number[] = [];
  for (let i = 0; i < bits.length; i += 8) words.push(bits.slice(i, i + 8).reduce((w, bit) => (w << 1) | bit, 0));
  for (let pad = 0xec; words.length < room; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Reed-Solomon check words of one block. */
function checked(block: number[], count: number): number[] {
  let generator = [1];
  for (let i = 0; i < count; i++) {
    const next = [...generator, 0];
    for (let k = 0; k < generator.length; k++) next[k + 1]! ^= times(generator[k]!, power[i]!);
    generator = next;
  }
  const rest = [...block, ...new Array<number>(count).fill(0)];
  for (let i = 0; i < block.length; i++) {
    const factor = rest[i]!;
    for (let k = 0; k <= count; k++) rest[i + k]! ^= times(generator[k]!, factor);
  }
  return rest.slice(block.length);
}

/** Blocks laid between each other, data first. */
function woven(version: number, words: number[]): number[] {
  const count = blockCounts[version - 1]!;
  const short = Math.floor(words.length / count);
  const longer = words.length % count;
  const blocks: number[][] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const size = short + (i >= count - longer ? 1 : 0);
    blocks.push(words.slice(at, at + size));
    at += size;
  }
  const checks = blocks.map((block) => checked(block, checkWords[version - 1]!));
  const out: number[] = [];
  for (let i = 0; i <= short; i++) for (const block of blocks) if (i < block.length) out.push(block[i]!);
  for (let i = 0; i < checkWords[version - 1]!; i++) for (const check of checks) out.push(check[i]!);
  return out;
}

type Grid = (boolean | null)[][];

/** The fixed patterns; null where data will go. Format areas are marked dark until they are written. */
function frame(version: number): Grid {
  const size = version * 4 + 17;
  const grid: Grid = Array.from({ length: size }, () => new Array<boolean | null>(size).fill(null));
  const square = (row: number, column: number, radius: number, dark: (distance: number) => boolean) => {
    for (let r = -radius; r <= radius; r++) {
      for (let c = -radius; c <= radius; c++) {
        const line = grid[row + r];
        if (line && column + c >= 0 && column + c < size) line[column + c] = dark(Math.max(Math.abs(r), Math.abs(c)));
      }
    }
  };
  for (let i = 0; i < size; i++) grid[6]![i] = grid[i]![6] = i % 2 === 0;
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]]) square(row!, column!, 4, (d) => d !== 2 && d !== 4);
  const places = aligned[version - 1]!;
  const last = places.length - 1;
  for (const [i, row] of places.entries()) {
    for (const [k, column] of places.entries()) {
      if ((i === 0 && k === 0) || (i === 0 && k === last) || (i === last && k === 0)) continue;
      square(row, column, 2, (d) => d !== 1);
    }
  }
  for (let i = 0; i < 9; i++) {
    grid[8]![i] ??= true;
    grid[i]![8] ??= true;
    if (i < 8) {
      grid[8]![size - 1 - i] ??= true;
      grid[size - 1 - i]![8] ??= true;
    }
  }
  if (version >= 7) {
    let rest = version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = (version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const [a, b] = [Math.floor(i / 3), size - 11 + (i % 3)];
      grid[a]![b] = grid[b]![a] = ((bits >> i) & 1) === 1;
    }
  }
  return grid;
}

const masks: ((r: number, c: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

function drawn(version: number, words: number[], mask: number): boolean[][] {
  const grid = frame(version);
  const size = grid.length;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step++) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row]![column] !== null) continue;
        const dark = ((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
        grid[row]![column] = (dark === 1) !== masks[mask]!(row, column);
        bit++;
      }
    }
  }
  writeFormat(grid, mask);
  return grid as boolean[][];
}

/** Error correction L (01) and the mask, protected by a BCH code. */
function writeFormat(grid: Grid, mask: number) {
  const size = grid.length;
  const data = (1 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const on = (i: number) => ((bits >> i) & 1) === 1;
  for (let i = 0; i < 6; i++) grid[i]![8] = on(i);
  grid[7]![8] = on(6);
  grid[8]![8] = on(7);
  grid[8]![7] = on(8);
  for (let i = 9; i < 15; i++) grid[8]![14 - i] = on(i);
  for (let i = 0; i < 8; i++) grid[8]![size - 1 - i] = on(i);
  for (let i = 8; i < 15; i++) grid[size - 15 + i]![8] = on(i);
  grid[size - 8]![8] = true;
}

/** The mask whose picture has the fewest long runs, blocks and false finders. */
function best(version: number, words: number[]): boolean[][] {
  let least = Infinity;
  let chosen: boolean[][] = [];
  for (let mask = 0; mask < 8; mask++) {
    const grid = drawn(version, words, mask);
    const cost = penalty(grid);
    if (cost < least) [least, chosen] = [cost, grid];
  }
  return chosen;
}

function penalty(grid: boolean[][]): number {
  const size = grid.length;
  let cost = 0;
  let dark = 0;
  const turned = grid.map((_, i) => grid.map((row) => row[i]!));
  for (const lines of [grid, turned]) {
    for (const line of lines) {
      const text = line.map((d) => (d ? '1' : '0')).join('');
      for (const run of text.match(/1{5,}|0{5,}/g) ?? []) cost += run.length - 2;
      for (let i = 0; i + 11 <= size; i++) {
        const part = text.slice(i, i + 11);
        if (part === '10111010000' || part === '00001011101') cost += 40;
      }
    }
  }
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const here = grid[r]![c]!;
      if (here) dark++;
      if (r && c && here === grid[r - 1]![c] && here === grid[r]![c - 1] && here === grid[r - 1]![c - 1]) cost += 3;
    }
  }
  return cost + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}
