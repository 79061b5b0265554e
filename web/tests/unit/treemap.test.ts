import { expect, test } from 'vitest';
import { treemap } from '../../src/ui/treemap';

const sizes = [6, 6, 4, 3, 2, 2, 1];

test('the tiles fill the rectangle by their sizes, without overlap', () => {
  const tiles = treemap([...sizes].reverse(), (n) => n, 60, 40);
  expect(tiles.map((tile) => tile.item)).toEqual(sizes);
  for (const tile of tiles) {
    expect(tile.width * tile.height).toBeCloseTo((tile.item / 24) * 2400, 6);
    expect(tile.x).toBeGreaterThanOrEqual(-1e-9);
    expect(tile.y).toBeGreaterThanOrEqual(-1e-9);
    expect(tile.x + tile.width).toBeLessThanOrEqual(60 + 1e-9);
    expect(tile.y + tile.height).toBeLessThanOrEqual(40 + 1e-9);
  }
  for (const [i, a] of tiles.entries())
    for (const b of tiles.slice(i + 1)) {
      const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      expect(Math.min(across, down)).toBeLessThanOrEqual(1e-9);
    }
});

test('none is a sliver where the sizes allow better', () => {
  for (const tile of treemap(sizes, (n) => n, 60, 40)) expect(Math.max(tile.width / tile.height, tile.height / tile.width)).toBeLessThan(4);
});

test('things without a size are left out, and nothing gives nothing', () => {
  expect(treemap([0, 5, 0], (n) => n, 10, 10).map((tile) => tile.item)).toEqual([5]);
  expect(treemap([0], (n) => n, 10, 10)).toEqual([]);
});
