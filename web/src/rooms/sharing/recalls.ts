import { t, tOr } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';
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

/** Who did it: a name, or that of a program. */
export const doer = (by: string | null) => (by === 'server' ? t('timeline.server') : (by ?? '–'));

/** Those who have heard, confirmed or not. */
export const heard = (counts: Schemas['RecallCounts']) => counts.recipients - counts.not_yet;
export const recallKind = (recall: Pick<Schemas['Recall'], 'kind'>) => tOr(`recalls.kind.${recall.kind}`, recall.kind);
