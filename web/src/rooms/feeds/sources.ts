import type { Schemas } from '~/api/client';
import { tOr } from '~/core/i18n.svelte';
import type { Look } from '~/ui/states';

type Source = Schemas['Source'];

export function sourceLook(source: Source): Look {
  const looks: Record<Source['condition'], Omit<Look, 'text'>> = {
    good: { tone: 'good', icon: 'check' },
    new: { tone: 'quiet', icon: 'clock' },
    late: { tone: 'quiet', icon: 'clock' },
    quiet: { tone: 'bad', icon: 'mute' },
    flood: { tone: 'bad', icon: 'up' },
    trickle: { tone: 'bad', icon: 'down' },
    failing: { tone: 'bad', icon: 'alert' },
    paused: { tone: 'quiet', icon: 'pause' },
  };
  return { ...looks[source.condition], text: tOr(`sources.condition.${source.condition}`, source.condition) };
}
