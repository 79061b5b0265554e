import { api, ApiError, onSignedOut, setCsrf, type Schemas } from '~/api/client';
import { clearKept, lastOf } from '~/offline/reading';
import { i18n } from './i18n.svelte';
import { live } from './live.svelte';
import { forget } from './load.svelte';
import { themes } from './theme.svelte';

const rank = { constituent: -1, viewer: 0, analyst: 1, administrator: 2 } as const;

class SessionState {
  user = $state.raw<Schemas['User']>();
  /** `unknown` until the server has been asked once. */
  state = $state<'unknown' | 'out' | 'in' | 'unreachable'>('unknown');
  expired = $state(false);
  /** The server can't be asked; what this browser kept is read. Nothing is sent before `resume` has found the session. */
  offline = $state(false);
  /** When the session ends, if nobody works in it. */
  until = '';

  constructor() {
    onSignedOut(() => {
      if (this.state === 'in') this.expired = true;
      this.leave();
    });
  }

  can(role: Schemas['Role']): boolean {
    return this.user !== undefined && rank[this.user.role] >= rank[role];
  }

  async resume() {
    try {
      this.enter(await api.get('/api/v1/session'));
    } catch (error) {
      const isDown = error instanceof ApiError && (error.status === 0 || error.status >= 500);
      if (!isDown) this.leave();
      else if (!this.offline) await this.read();
    }
  }

  /** Only the page of the assessment that was worked on opens without the server. */
  private async read() {
    const last = await lastOf(Number(/^\/readiness\/(\d+)$/.exec(location.pathname)?.[1]));
    if (!last) {
      this.state = 'unreachable';
      return;
    }
    this.user = last.user;
    this.offline = true;
    this.state = 'in';
    themes.choose(last.user.theme);
    live.start();
  }

  enter(session: Schemas['Session']) {
    setCsrf(session.csrf);
    this.user = session.user;
    this.state = 'in';
    this.expired = this.offline = false;
    this.until = session.expires ?? '';
    themes.choose(session.user.theme);
    if (session.user.language !== i18n.language) void i18n.speak(session.user.language);
    live.start();
  }

  leave() {
    live.stop();
    forget();
    void clearKept();
    setCsrf(null);
    this.offline = false;
    this.user = undefined;
    this.state = 'out';
  }

  async signOut() {
    await api.delete('/api/v1/session').catch(() => {});
    this.leave();
  }
}

export const session = new SessionState();
