import { tOr } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';
import type { IconName } from './Icon.svelte';

/** How a state looks: a shape, a word, and a tone. */
export interface Look {
  tone: 'quiet' | 'good' | 'warn' | 'bad' | 'accent';
  icon: IconName;
  text: string;
}

export function findingLook(state: Schemas['FindingState']): Look {
  const looks: Record<Schemas['FindingState'], Omit<Look, 'text'>> = {
    open: { tone: 'warn', icon: 'open' },
    back: { tone: 'bad', icon: 'returned' },
    repaired: { tone: 'good', icon: 'repaired' },
    false_positive: { tone: 'quiet', icon: 'cross' },
  };
  return { ...looks[state], text: tOr(`state.${state}`, state) };
}

export function notificationLook(state: string): Look {
  const looks: Record<string, Omit<Look, 'text'>> = {
    held: { tone: 'accent', icon: 'pause' },
    queued: { tone: 'quiet', icon: 'clock' },
    sending: { tone: 'quiet', icon: 'send' },
    sent: { tone: 'good', icon: 'check' },
    failed: { tone: 'bad', icon: 'alert' },
    cancelled: { tone: 'quiet', icon: 'cross' },
  };
  return { ...(looks[state] ?? { tone: 'quiet', icon: 'info' }), text: tOr(`notification.${state}`, state) };
}

export function feedLook(health: Schemas['FeedHealth']): Look {
  const looks: Record<Schemas['FeedHealth'], Omit<Look, 'text'>> = {
    good: { tone: 'good', icon: 'check' },
    late: { tone: 'warn', icon: 'clock' },
    quiet: { tone: 'warn', icon: 'mute' },
    failing: { tone: 'bad', icon: 'alert' },
    flood: { tone: 'warn', icon: 'up' },
    never: { tone: 'quiet', icon: 'open' },
  };
  return { ...looks[health], text: tOr(`health.${health}`, health) };
}

export function reportLook(state: Schemas['ReportState']): Look {
  const looks: Record<Schemas['ReportState'], Omit<Look, 'text'>> = {
    accepted: { tone: 'accent', icon: 'clock' },
    reading: { tone: 'accent', icon: 'refresh' },
    done: { tone: 'good', icon: 'check' },
    failed: { tone: 'bad', icon: 'alert' },
    redelivered: { tone: 'quiet', icon: 'copy' },
  };
  return { ...looks[state], text: tOr(`report.${state}`, state) };
}

export function saidLook(said: Schemas['Statement']): Look {
  const looks: Record<Schemas['Statement'], Omit<Look, 'text'>> = {
    seen: { tone: 'quiet', icon: 'check' },
    repaired: { tone: 'good', icon: 'repaired' },
    not_ours: { tone: 'warn', icon: 'cross' },
    false_positive: { tone: 'quiet', icon: 'cross' },
  };
  return { ...looks[said], text: tOr(`said.${said}`, said) };
}

/** A subject without the mark and the team's name in front, which every one has: what tells it from the others. */
export function shortSubject(subject: string): string {
  return subject.replace(/^\[TLP:[^\]]+\]\s*/, '').replace(/^[^::،]{1,80}\s?[::]\s*(?=\S)/, '');
}

/** What is exposed, in one short name: the identifier where there is one, else the type. */
export function className(c: Schemas['Class']): string {
  return c.identifier ?? c.type;
}

/** Where a finding is: address and port, or the domain, address or account it is about. */
export function place(finding: Pick<Schemas['Finding'], 'address' | 'port' | 'transport' | 'domain' | 'url' | 'account'>): string {
  const { address, port, transport, domain, url, account } = finding;
  if (address) return port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}${transport ? `/${transport}` : ''}`;
  return url ?? domain ?? account ?? '';
}
