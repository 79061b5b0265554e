import { describe, expect, it } from 'vitest';
import { qr } from '../../src/rooms/settings/qr';

const picture = (text: string) => qr(text)?.map((row) => row.map((dark) => (dark ? '#' : '.')).join(''));

describe('QR codes', () => {
  it('have the size of their version, up to what fits', () => {
    expect([1, 17, 18, 134, 271].map((n) => qr('a'.repeat(n))?.length)).toEqual([21, 21, 25, 41, 57]);
    expect(qr('a'.repeat(272))).toBeNull();
  });
  it('have finders in three corners and the timing lines between', () => {
    const rows = picture('otpauth://totp/x')!;
    for (const corner of [rows.slice(0, 7).map((r) => r.slice(0, 7)), rows.slice(0, 7).map((r) => r.slice(-7)), rows.slice(-7).map((r) => r.slice(0, 7))]) {
      expect(corner).toEqual(['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######']);
    }
    expect(rows[6]!.slice(8, 13)).toBe('#.#.#');
  });
});
