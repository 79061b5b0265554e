import { t, tOr } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';
import { session } from '~/core/session.svelte';
import type { Look } from '~/ui/states';

export function recallLook(recall: Pick<Schemas['Recall'], 'state'>): Look {
  const looks: Record<Schemas['Recall']['state'], Omit<Look, 'text'>> = {
    proposed: { tone: 'accent', icon: 'info' },
    open: { tone: 'warn', icon: 'undo' },
    dismissed: { tone: 'quiet', icon: 'cross' },
    lifted: { tone: 'quiet', icon: 'returned' },
  };
  return { ...looks[recall.state], text: tOr(`recalls.state.${recall.state}`, recall.state) };
}

export function hearsLook(one: Schemas['RecallRecipient']): Look {
  if (one.by_hand && one.state === 'not_yet') return { tone: 'warn', icon: 'contacts', text: t('recalls.tellByHand') };
  const looks: Record<Schemas['RecallRecipient']['state'], Omit<Look, 'text'>> = {
    not_yet: { tone: 'quiet', icon: 'clock' },
    told: { tone: 'accent', icon: 'send' },
    confirmed: { tone: 'good', icon: 'check' },
  };
  return { ...looks[one.state], text: tOr(`recalls.hears.${one.state}`, one.state) };
}

/** Who did it: the server says `account:7`, or the name of a program. */
export function doer(by: string | null): string {
  if (by === 'server') return t('timeline.server');
  const account = /^account:(\d+)$/.exec(by ?? '')?.[1];
  if (!account) return by ?? '–';
  return Number(account) === session.user?.id ? session.user.full_name || session.user.name : `${t('thing.user')} ${account}`;
}

/** Those who have heard, confirmed or not. */
export const heard = (counts: Schemas['RecallCounts']) => counts.recipients - counts.not_yet;
export const recallKind = (recall: Pick<Schemas['Recall'], 'kind'>) => tOr(`recalls.kind.${recall.kind}`, recall.kind);
