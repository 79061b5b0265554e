import { ApiError, type Schemas } from '~/api/client';

export type Answer = Schemas['Answer'];
export interface Kept {
  assessment: number;
  item: string;
  body: Schemas['AnswerChange'];
  /** What the server has instead: a person decides. */
  theirs?: Answer;
  /** Why the server does not take it. */
  fault?: string;
}

export const isDown = (error: unknown) => error instanceof ApiError && [0, 502, 503, 504].includes(error.status);

/** Both sides of a conflict, or null where the error is another one. */
export function bothOf(error: unknown): { yours: Answer; theirs: Answer } | null {
  const body = error instanceof ApiError && error.status === 409 ? (error.body as Partial<Schemas['AnswerConflict']>) : undefined;
  return body?.yours && body.theirs ? { yours: body.yours, theirs: body.theirs } : null;
}

export function whole(from: Partial<Answer> | undefined): Schemas['AnswerChange'] {
  return {
    ...(from?.assessor ? { assessor: from.assessor } : {}),
    value: from?.value ?? null, declined: from?.declined ?? false, wanted: from?.wanted ?? null, recommendation: from?.recommendation ?? null,
    assignment: from?.assignment ?? null, assigned_to: from?.assigned_to ?? '', justification: from?.justification ?? '', evidence: from?.evidence ?? [], version: from?.version ?? 0,
  };
}

/** The answers as the person left them: what is kept lies over what the server has, with the version it was made from. */
export function overlaid(answers: readonly Answer[], kept: readonly Kept[]): Answer[] {
  const list = [...answers];
  for (const k of kept) {
    const at = list.findIndex((a) => a.item === k.item && a.assessor === (k.body.assessor ?? ''));
    const before: Answer = list[at] ?? {
      item: k.item, assessor: '', value: null, declined: false, wanted: null, recommendation: null, assignment: null, assigned_to: '', justification: '',
      evidence: [], proposed: null, proposed_by: '', proposed_at: null, why: null, version: 0, changed: '', changed_by: '',
    };
    const mine = { ...before, ...k.body, assessor: k.body.assessor ?? '' } as Answer;
    if (at < 0) list.push(mine);
    else list[at] = mine;
  }
  return list;
}
