import { api, type Schemas } from '~/api/client';
import { number, t, type Key } from '~/core/i18n.svelte';
import { toasts } from '~/core/toasts.svelte';
import { complain } from '~/ui/act';

type Action = Schemas['FindingAction'];

const done: Record<Action['action'], Key> = {
  false_positive: 'findings.done.falsePositive',
  reopen: 'findings.done.reopen',
  assign: 'findings.done.assign',
  unassign: 'findings.done.unassign',
};

/** Acts on findings, and offers to take it back. */
export async function act(body: Action, after: () => void): Promise<boolean> {
  try {
    const { changed, action } = await api.post('/api/v1/findings/actions', { body });
    after();
    toasts.show({
      kind: 'done',
      text: t(done[body.action], { n: changed }),
      ...(action === null ? {} : { action: { label: t('action.undo'), run: () => void undo(action, after) } }),
    });
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

async function undo(action: number, after: () => void) {
  try {
    const { changed } = await api.post('/api/v1/actions/{action}/undo', { path: { action } });
    after();
    toasts.show({ kind: 'done', text: t('findings.undone', { n: number(changed) }) });
  } catch (error) {
    complain(error);
  }
}
