import { describe, expect, it } from 'vitest';
import { Rows } from '../../src/core/rows.svelte';
import { ApiError } from '../../src/api/client';

/** A list of the API with `n` rows whose cursor is the number of the next row. */
function server(n: number) {
  const asked: string[] = [];
  const fetch = (after: string | undefined, limit: number) => {
    asked.push(`${after ?? ''}+${limit}`);
    const from = Number(after ?? 0);
    const items = Array.from({ length: Math.max(0, Math.min(limit, n - from)) }, (_, i) => from + i);
    return Promise.resolve({ items, next: from + limit < n ? String(from + limit) : null });
  };
  return { asked, fetch };
}
const settled = async (rows: Rows<number>) => {
  do await new Promise((done) => setTimeout(done, 0));
  while (rows.loading);
};

describe('rows of a long list', () => {
  it('loads what is looked at and no more', async () => {
    const { asked, fetch } = server(10_000);
    const rows = new Rows<number>(fetch);
    rows.need(0, 30);
    await settled(rows);
    expect(asked).toEqual(['+100']);
    expect([rows.row(0), rows.row(99), rows.row(100), rows.complete]).toEqual([0, 99, undefined, false]);
    rows.need(90, 130);
    await settled(rows);
    expect(rows.row(130)).toBe(130);
  });
  it('reads on in large steps after a jump, and knows the end', async () => {
    const { asked, fetch } = server(5_050);
    const rows = new Rows<number>(fetch);
    rows.need(0, 30);
    await settled(rows);
    rows.need(5_000, 5_049);
    await settled(rows);
    expect(rows.row(5_049)).toBe(5_049);
    expect(rows.complete).toBe(true);
    expect(rows.known).toBe(5_050);
    expect(asked.length).toBeLessThan(10);
  });
  it('gives rows away that are far, and fetches them again by their cursor', async () => {
    const { asked, fetch } = server(200_000);
    const rows = new Rows<number>(fetch);
    rows.need(0, 30);
    await settled(rows);
    rows.need(90_000, 90_030);
    await settled(rows);
    expect([...rows.loaded()].length).toBeLessThan(60_000);
    expect(rows.row(10)).toBeUndefined();
    const before = asked.length;
    rows.need(0, 30);
    await settled(rows);
    expect(rows.row(10)).toBe(10);
    expect(asked.length).toBe(before + 1);
  });
  it('knows an empty list', async () => {
    const rows = new Rows<number>(server(0).fetch);
    rows.need(0, 30);
    await settled(rows);
    expect([rows.complete, rows.known]).toEqual([true, 0]);
  });
  it('keeps what it has when the server fails, and goes on after a retry', async () => {
    let broken = false;
    const { fetch } = server(1_000);
    const rows = new Rows<number>((after, limit) => (broken ? Promise.reject(new ApiError('busy', 503, '')) : fetch(after, limit)));
    rows.need(0, 30);
    await settled(rows);
    broken = true;
    rows.need(100, 200);
    await settled(rows);
    expect([rows.error?.code, rows.row(50)]).toEqual(['busy', 50]);
    broken = false;
    rows.retry();
    await settled(rows);
    expect(rows.row(200)).toBe(200);
  });
});
