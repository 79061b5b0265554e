import { api, ApiError } from '~/api/client';
import { local } from '~/core/local';
import { session } from '~/core/session.svelte';
import { bothOf, isDown, type Kept } from './kept';

/**
 * Answers that could not be sent, because the line was down or because somebody else had answered meanwhile. This browser
 * keeps them for the person who gave them, also when the page is closed; nothing is overwritten without a decision.
 */
const same = (a: Kept, b: Kept) => a.assessment === b.assessment && a.item === b.item && (a.body.assessor ?? '') === (b.body.assessor ?? '');

class Unsent {
  kept = $state.raw<Kept[]>([]);
  private sending = false;

  constructor() {
    // Another tab of the same browser sends or keeps as well.
    addEventListener('storage', () => this.look());
  }

  private get key() {
    return `unsent.${session.user?.id ?? 0}`;
  }

  /** Reads what this browser keeps for the person who is signed in. */
  look() {
    const found = local.json<unknown>(this.key, local.get(this.key) === null ? this.kept : []);
    this.kept = Array.isArray(found) ? (found as Kept[]).filter((k) => k?.item && k.body) : [];
  }

  private write(kept: Kept[]) {
    this.kept = kept;
    local.set(this.key, JSON.stringify(kept));
  }

  keep(one: Kept) {
    this.look();
    this.write([...this.kept.filter((k) => !same(k, one)), one]);
  }

  drop(one: Kept) {
    this.look();
    if (this.kept.some((k) => same(k, one))) this.write(this.kept.filter((k) => !same(k, one)));
  }

  /** Sends what waits, oldest first, until the line is down again. True when anything was sent or decided otherwise. */
  async flush(): Promise<boolean> {
    if (this.sending || session.offline) return false;
    this.look();
    this.sending = true;
    let moved = false;
    for (const one of this.kept.filter((k) => !k.theirs && !k.fault)) {
      try {
        await api.put('/api/v1/assessments/{id}/answers/{item}', { path: { id: one.assessment, item: one.item }, body: one.body });
        this.drop(one);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // Without a session it waits for the next sign-in.
        if (isDown(error) || error.status === 401) break;
        const both = bothOf(error);
        this.keep(both ? { ...one, theirs: both.theirs } : { ...one, fault: error.message || error.code });
      }
      moved = true;
    }
    this.sending = false;
    return moved;
  }
}

export const unsent = new Unsent();
