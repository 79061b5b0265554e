import { describe, expect, it } from 'vitest';
import { definitionFor, faultsOf, lineAt } from '../../src/rooms/feeds/trial';

describe('faults of a definition', () => {
  it('name their line, one each', () => {
    expect(faultsOf('mapping:3: columns.port: expected the name of a field\nmapping:1: classification.type: expected a type\n')).toEqual([
      { line: 3, text: 'columns.port: expected the name of a field' },
      { line: 1, text: 'classification.type: expected a type' },
    ]);
  });
  it('may have no line, and are told all the same', () => {
    expect(faultsOf('mapping: too large')).toEqual([{ line: null, text: 'too large' }]);
    expect(faultsOf('')).toEqual([]);
  });
  it('are found in the text', () => {
    expect(lineAt('ab\ncd\nef', 2)).toEqual([3, 5]);
    expect(lineAt('ab\ncd\nef', 1)).toEqual([0, 2]);
    expect(lineAt('ab\ncd\nef', 9)).toEqual([6, 8]);
  });
});

describe('a definition from the columns of a sample', () => {
  it('puts known names where they belong and keeps the others', () => {
    const made = definitionFor('# of yesterday\ntimestamp,IP,port,Their "rule" no,\n');
    expect(made).toContain('timestamp = "time.source"\nIP = "source.ip"\nport = "source.port"\n"Their \\"rule\\" no" = "extra.their_rule_no"\n');
    expect(made).not.toContain('delimiter');
  });
  it('gives no field to two columns, and tells another delimiter than the comma', () => {
    const made = definitionFor('ip;address;port\n');
    expect(made).toContain('delimiter = ";"');
    expect(made.match(/"source\.ip"/g)).toHaveLength(1);
    expect(made).toContain('address = "extra.address"');
  });
});
