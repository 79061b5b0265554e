import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { address } from '../../src/api/client';
import { match, pageOf } from '../../src/app/routes';

describe('addresses', () => {
  it.each([
    ['/today', '/today', {}],
    ['/findings/4f1c2a', '/findings/:id', { id: '4f1c2a' }],
    ['/feeds/shadowserver/scan_telnet', '/feeds/*id', { id: 'shadowserver/scan_telnet' }],
    ['/directory/organisations/12', '/directory/organisations/:id', { id: '12' }],
    ['/intelligence/add', '/intelligence/add', {}],
    ['/intelligence/indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f', '/intelligence/:id', { id: 'indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f' }],
    ['/settings/audit', '/settings/:section', { section: 'audit' }],
  ])('%s', (path, pattern, params) => {
    const found = match(path);
    expect([found?.route.pattern, found?.params]).toEqual([pattern, params]);
  });
  it('knows when there is no page', () => {
    expect([match('/nowhere'), match('/findings/1/2'), match('/feeds/')?.route.pattern]).toEqual([null, null, '/feeds']);
  });
  it('survives percent signs that are none', () => {
    expect(match('/findings/%zz')?.params).toEqual({ id: '%zz' });
  });
  it('gives a thing its page', () => {
    expect(pageOf({ kind: 'feed', id: 'a/b c' })).toBe('/feeds/a/b%20c');
    expect(pageOf({ kind: 'intelligence', id: 'malware--1' })).toBe('/intelligence/malware--1');
    expect(pageOf({ kind: 'action', id: '1' })).toBeNull();
  });
  it('fills the paths of the API', () => {
    expect(address('/api/v1/feeds/{feed}', { path: { feed: 'a/b' }, query: { x: undefined, y: '', z: ['1', '2'], q: 'ä&' } })).toBe('/api/v1/feeds/a/b?z=1&z=2&q=%C3%A4%26');
  });
});

it('each page of the rail has a key of its own', () => {
  const shell = readFileSync(new URL('../../src/app/Shell.svelte', import.meta.url), 'utf8');
  const keys = [...shell.matchAll(/key: '(.)'/g)].map((found) => found[1]);
  expect(keys.length).toBeGreaterThan(30);
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});
