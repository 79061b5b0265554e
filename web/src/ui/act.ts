import { ApiError } from '~/api/client';
import { t, tOr } from '~/core/i18n.svelte';
import { toasts } from '~/core/toasts.svelte';

/** Does something on the server and says when it failed; true when it was done. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done) toasts.show({ kind: 'done', text: done });
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export function complain(error: unknown) {
  if (!(error instanceof ApiError)) throw error;
  const fields = error.fields.map((f) => [f.field, f.expected].filter(Boolean).join(': ')).join(' · ');
  toasts.show({ kind: 'bad', text: tOr(`problem.${error.code}`, t('problem.failed')), detail: [error.message, fields].filter(Boolean).join(' ') });
}
