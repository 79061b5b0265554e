import { api, type Schemas } from '~/api/client';
import { t, type Key } from '~/core/i18n.svelte';
import { toasts } from '~/core/toasts.svelte';
import { complain } from '~/ui/act';

type Judgement = Schemas['MatchJudgement']['judgement'];
const done: Record<Judgement, Key> = { rule_out: 'matches.done.ruledOut', release: 'matches.done.released', hold: 'matches.done.held' };

/** Rules on matches. Ruling out can be taken back: then a person decides anew; a warning that went its way can't. */
export async function judge(matches: number[], judgement: Judgement, after: () => void) {
  try {
    const { changed } = await api.post('/api/v1/matches/judge', { body: { matches, judgement } });
    after();
    toasts.show({
      kind: 'done',
      text: t(done[judgement], { n: changed }),
      ...(judgement === 'rule_out' && changed ? { action: { label: t('action.undo'), run: () => void judge(matches, 'hold', after) } } : {}),
    });
  } catch (error) {
    complain(error);
  }
}
