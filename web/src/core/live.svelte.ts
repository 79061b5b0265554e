import type { Schemas } from '~/api/client';

/**
 * What another person or the server changes arrives here by server-sent events; nothing polls.
 * A listener hears of its kinds at most twice a second, so that an ingest of a million rows does not redraw the page a million times.
 */
export type Kind = Schemas['StreamMessage']['kind'];
type Listener = { kinds: readonly Kind[]; heard: (message: Schemas['StreamMessage'] | null) => void; timer: number };

const kinds: readonly Kind[] = ['hello', 'report', 'finding', 'notification', 'feed', 'user', 'directory', 'settings', 'intelligence', 'match', 'sharing', 'readiness', 'mail'];

class Live {
  state = $state<'off' | 'on' | 'lost'>('off');
  private source: EventSource | undefined;
  private listeners = new Set<Listener>();

  start() {
    if (this.source) return;
    const source = new EventSource('/api/v1/stream');
    source.onopen = () => (this.state = 'on');
    source.onerror = () => (this.state = 'lost');
    for (const kind of kinds) source.addEventListener(kind, (event) => this.heard(event as MessageEvent<string>));
    this.source = source;
  }

  stop() {
    this.source?.close();
    this.source = undefined;
    this.state = 'off';
  }

  /** Returns the function that ends the listening. `null` is heard when too much was missed: load again. */
  on(kinds: readonly Kind[], heard: Listener['heard']): () => void {
    const listener: Listener = { kinds, heard, timer: 0 };
    this.listeners.add(listener);
    return () => {
      clearTimeout(listener.timer);
      this.listeners.delete(listener);
    };
  }

  private heard(event: MessageEvent<string>) {
    let message: Schemas['StreamMessage'];
    try {
      message = JSON.parse(event.data) as Schemas['StreamMessage'];
    } catch {
      return;
    }
    const missed = message.kind === 'hello' && message.change === 'removed';
    for (const listener of this.listeners) {
      if (!missed && !listener.kinds.includes(message.kind)) continue;
      if (listener.timer) continue;
      listener.timer = window.setTimeout(() => {
        listener.timer = 0;
        listener.heard(missed ? null : message);
      }, 500);
    }
  }
}

export const live = new Live();
