/** A rectangle of the picture: distances from its start and top, in the units of its width and height. */
export interface Tile<T> {
  item: T;
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Divides a rectangle among things by their sizes, the largest first, so that each is as square as it can be (squarified treemap,
 * Bruls, Huizing, van Wijk 2000). Things without a size are left out.
 */
export function treemap<T>(items: readonly T[], size: (item: T) => number, width: number, height: number): Tile<T>[] {
  const rest = items.filter((item) => size(item) > 0).sort((a, b) => size(b) - size(a));
  const total = rest.reduce((sum, item) => sum + size(item), 0);
  const scale = total ? (width * height) / total : 0;
  const tiles: Tile<T>[] = [];
  let x = 0, y = 0;
  while (rest.length) {
    const side = Math.min(width, height);
    let row: T[] = [], area = 0, best = Infinity;
    for (const item of rest) {
      const next = [...row, item];
      const sum = area + size(item) * scale;
      const worst = Math.max(...next.map((one) => {
        const other = (sum * sum) / (side * side * size(one) * scale);
        return Math.max(other, 1 / other);
      }));
      if (worst > best) break;
      [row, area, best] = [next, sum, worst];
    }
    rest.splice(0, row.length);
    const thick = area / side;
    let along = 0;
    for (const item of row) {
      const long = (size(item) * scale) / thick;
      tiles.push(width > height ? { item, x, y: y + along, width: thick, height: long } : { item, x: x + along, y, width: long, height: thick });
      along += long;
    }
    if (width > height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
  }
  return tiles;
}
