import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../src/rooms/intelligence/warninglist';

describe('a warning list of one’s own', () => {
  it('is counted where its form is right', () => {
    expect(faultsOf('{"name":"Ours","version":1,"type":"cidr","list":["192.0.2.0/24"]}')).toEqual({ name: 'Ours', entries: 1, faults: [] });
  });
  it('tells everything that is wrong, and never throws', () => {
    expect(faultsOf('{"list":["a",5],"type":"networks"}').faults).toEqual(['name: "…"', 'version: 20260101', 'type: cidr | hostname | string | substring | regex', 'list[1]: "…"']);
    for (const text of ['', '[]', 'null', '5', '{']) expect(faultsOf(text).faults).toHaveLength(1);
  });
});
