import { describe, expect, it } from 'vitest';
import { apiQuery, bucketFor, rangeHours, readFilters, timeRange, typed, withoutValue, withValue } from '../../src/core/filters';

const keys = ['state', 'feed', 'port', 'filter'];
const q = (text: string) => new URLSearchParams(text);

describe('filters in the address', () => {
  it('reads those the list knows and leaves the rest', () => {
    expect(readFilters(q('state=open,back&q=x&sort=a&other=1&feed=a/b'), keys)).toEqual([
      { key: 'state', values: ['open', 'back'] },
      { key: 'feed', values: ['a/b'] },
    ]);
  });
  it('widens, narrows and takes away', () => {
    let query = withValue(q('q=x'), 'state', 'open');
    query = withValue(query, 'state', 'back');
    query = withValue(query, 'state', 'back');
    expect(query.get('state')).toBe('open,back');
    expect(withoutValue(query, 'state', 'open').get('state')).toBe('back');
    expect(withoutValue(query, 'state').has('state')).toBe(false);
    expect(withValue(query, 'state', 'repaired', true).get('state')).toBe('repaired');
    expect(query.get('q')).toBe('x');
  });
  it('keeps filters on any field apart, because their values may hold commas', () => {
    let query = withValue(q(''), 'filter', 'malware.name=a,b');
    query = withValue(query, 'filter', 'source.port>1024');
    expect(readFilters(query, keys).map((f) => f.values[0])).toEqual(['malware.name=a,b', 'source.port>1024']);
    expect(withoutValue(query, 'filter', 'malware.name=a,b').getAll('filter')).toEqual(['source.port>1024']);
  });
  it('hands the times that links of reports set on to the API, and takes one away without the other', () => {
    const times = ['first_from', 'first_to'];
    const query = q('first_from=2026-01-01&first_to=2026-07-01T12:00:00Z&state=open');
    expect(apiQuery(query, times, {})).toEqual({ first_from: '2026-01-01', first_to: '2026-07-01T12:00:00Z' });
    expect(withoutValue(query, 'first_from', '2026-01-01').toString()).toBe('first_to=2026-07-01T12%3A00%3A00Z&state=open');
  });
  it('survives the way through an address', () => {
    const query = withValue(withValue(q(''), 'feed', 'a/b'), 'filter', 'extra.tag~ü&=%');
    expect(readFilters(q(query.toString()), keys)).toEqual(readFilters(query, keys));
  });
});

describe('what is typed into the filter bar', () => {
  it.each([
    ['state:open', { key: 'state', value: 'open' }],
    ['feed:"a/b c"', { key: 'feed', value: 'a/b c' }],
    ['malware.name=mirai', { key: 'filter', value: 'malware.name=mirai' }],
    ['source.port>1024', { key: 'filter', value: 'source.port>1024' }],
    ['extra.tag?', { key: 'filter', value: 'extra.tag?' }],
    ['telnet', null],
    ['unknown:x', null],
    ['192.0.2.7', null],
    ['2001:db8::1', null],
    ['bank.example', null],
  ])('%s', (text, filter) => {
    expect(typed(text, keys)).toEqual(filter);
  });
});

describe('time ranges', () => {
  const now = Date.parse('2026-11-23T10:00:42Z');
  it('reads lengths', () => {
    expect(['24h', '7d', '2w', '1y', 'x', '7', '99999d'].map(rangeHours)).toEqual([24, 168, 336, 8766, null, null, null]);
  });
  it('begins on a whole minute, so that the same view is the same question', () => {
    expect(timeRange(q('range=24h'), '7d', now)).toEqual({ from: '2026-11-22T10:00:00Z', range: '24h' });
    expect(timeRange(q(''), '7d', now)).toEqual(timeRange(q(''), '7d', now + 10_000));
  });
  it('prefers days that are named, and knows all of time', () => {
    expect(timeRange(q('from=2026-11-01&range=7d'), '7d', now)).toEqual({ from: '2026-11-01', to: undefined, range: 'custom' });
    expect(timeRange(q('range=all'), '7d', now)).toEqual({ range: 'all' });
  });
  it('chooses buckets that give a readable chart', () => {
    const day = 86_400_000;
    expect([1, 4, 14, 90, 400, 2000].map((d) => bucketFor(0, d * day))).toEqual(['hour', 'hour', 'day', 'day', 'week', 'month']);
  });
  it('makes the question for the API', () => {
    expect(apiQuery(q('q= x &state=open&filter=a.b=1&filter=c.d?&cols=z'), keys, { from: 'F' })).toEqual({ q: 'x', state: 'open', filter: ['a.b=1', 'c.d?'], from: 'F' });
  });
});
