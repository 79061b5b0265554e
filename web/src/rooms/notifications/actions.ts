import { api, type Schemas } from '~/api/client';
import { t, type Key } from '~/core/i18n.svelte';
import { toasts } from '~/core/toasts.svelte';
import { complain } from '~/ui/act';

type Action = Schemas['NotificationAction']['action'];
const done: Record<Action, Key> = {
  approve: 'notifications.done.approve',
  cancel: 'notifications.done.cancel',
  resend: 'notifications.done.resend',
  revoke_link: 'notifications.done.revoke',
};

/** Approves, cancels, sends again or closes links. A mail that left can't be called back, so only what the server can undo is offered. */
export async function act(action: Action, notifications: number[], after: () => void, reason?: string): Promise<boolean> {
  try {
    const result = await api.post('/api/v1/notifications/actions', { body: { action, notifications, reason } });
    after();
    const { action: undoable } = result;
    toasts.show({
      kind: 'done',
      text: t(done[action], { n: result.changed }),
      ...(undoable === null ? {} : { action: { label: t('action.undo'), run: () => void undo(undoable, after) } }),
    });
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

async function undo(action: number, after: () => void) {
  try {
    await api.post('/api/v1/actions/{action}/undo', { path: { action } });
    after();
  } catch (error) {
    complain(error);
  }
}
