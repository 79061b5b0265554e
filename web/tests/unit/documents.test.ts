import { describe, expect, it } from 'vitest';
import { allAnswers, answersIn, groups, securityAnswers, type TeamDocument } from '../../src/rooms/readiness/documents';

const document = (text: string): TeamDocument => ({ kind: 'rfc2350', language: 'en', title: 'Profile', marking: 'TLP:CLEAR', published: false, missing: [], sections: [{ id: 'one', title: 'One', text, own: false }] });

describe('documents about the team', () => {
  it('tell which answers they put in; names of answers and tables are none', () => {
    expect(answersIn(document('- **{{=phone}}**: {{ email }}\n{{table.services}} {{mandate}} {{email}}'))).toEqual(['email', 'mandate']);
  });
  it('ask for every answer once', () => {
    expect(new Set(allAnswers).size).toBe(allAnswers.length);
    expect(allAnswers.length).toBe(36);
    expect(securityAnswers.filter((name) => !allAnswers.includes(name))).toEqual([]);
    expect(Object.values(groups).every((names) => names.length > 0)).toBe(true);
  });
});
