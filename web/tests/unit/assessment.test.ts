import { describe, expect, it } from 'vitest';
import { gapsOf, levels, levelsAt, movesOf, readTarget } from '../../src/rooms/readiness/compare';
import { overlaid, whole, type Answer, type Kept } from '../../src/rooms/readiness/kept';

const answer = (item: string, value: number | null, more: Partial<Answer> = {}): Answer => ({
  item, assessor: '', value, declined: false, wanted: null, recommendation: null, assignment: null, assigned_to: '', justification: '', evidence: [],
  proposed: null, proposed_by: '', proposed_at: null, why: null, version: 1, changed: '2026-11-01T00:00:00Z', changed_by: 'account:1', ...more,
});
const entry = (id: number, at: string, before: Answer | null, after: Answer, assessor = '') => ({ id, at, by: 'account:1', item: after.item, assessor, before, after });

describe('an assessment over time', () => {
  const history = [
    entry(1, '2026-11-01T10:00:00Z', null, answer('O-1', 1)),
    entry(2, '2026-11-05T10:00:00Z', answer('O-1', 1), answer('O-1', 3)),
    entry(3, '2026-11-06T10:00:00Z', null, answer('O-1', 4, { assessor: 'Amina' }), 'Amina'),
  ];
  const now = [answer('O-1', 3), answer('O-1', 4, { assessor: 'Amina' }), answer('O-2', 2)];
  it('is read back from its history, without what single assessors said', () => {
    expect(levelsAt(now, history, Date.parse('2026-11-03T00:00:00Z')).get('O-1')).toBe(1);
    expect(levelsAt(now, history, Date.parse('2026-10-01T00:00:00Z')).get('O-1')).toBeNull();
    expect(levelsAt(now, history, Date.parse('2026-11-07T00:00:00Z')).get('O-1')).toBe(3);
    expect(levelsAt(now, history, 0).get('O-2'), 'no history: as it is').toBe(2);
  });
  it('tells what rose, what fell and which gaps are open', () => {
    const gaps = gapsOf([{ id: 'O-1' }, { id: 'O-2' }, { id: 'O-3' }], new Map([['O-1', 1], ['O-2', 3]]), levels(now), new Map([['O-1', 3], ['O-2', 4], ['O-3', 1]]));
    expect(movesOf(gaps)).toEqual({ risen: 1, fallen: 1, open: 2 });
  });
});

describe('a target out of a file', () => {
  const known = new Set(['O-1', 'O-2']);
  it('is a profile, a table of items, or lines', () => {
    for (const text of ['{"schema":"tocsin/profile-1","levels":{"O-1":3}}', '{"O-1":3}', 'item,level\nO-1,3\n', '"O-1";"3"', 'O-1\t3\r\n'])
      expect([...readTarget(text, known, 4).levels]).toEqual([['O-1', 3]]);
  });
  it('tells what it does not take', () => {
    expect(readTarget('O-1,9\nX-1,2\nO-2,1.5\nO-2,=1+1', known, 4)).toEqual({ levels: new Map(), refused: ['O-1: 9', 'X-1: 2', 'O-2: 1.5', 'O-2: NaN'] });
    expect(() => readTarget('{', known, 4)).toThrow(SyntaxError);
  });
});

describe('answers that are kept while the line is down', () => {
  const kept: Kept = { assessment: 1, item: 'O-1', body: whole({ ...answer('O-1', 2), wanted: 3 }) };
  it('lie over what the server has, with the version they were made from', () => {
    const [first, ...rest] = overlaid([answer('O-1', 1, { version: 7, proposed_by: 'feeds.alive' }), answer('O-1', 4, { assessor: 'Amina' })], [kept]);
    expect(first).toMatchObject({ value: 2, wanted: 3, version: 1, proposed_by: 'feeds.alive' });
    expect(rest).toEqual([answer('O-1', 4, { assessor: 'Amina' })]);
  });
  it('are there also where the server has none, each for its assessor', () => {
    const mine = { ...kept, body: { ...kept.body, assessor: 'Amina' } };
    expect(overlaid([answer('O-1', 1)], [mine]).map((a) => [a.assessor, a.value])).toEqual([['', 1], ['Amina', 2]]);
  });
});
