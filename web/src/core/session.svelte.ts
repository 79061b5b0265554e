import { api, ApiError, onSignedOut, setCsrf, type Schemas } from '~/api/client';
import { i18n } from './i18n.svelte';
import { live } from './live.svelte';
import { forget } from './load.svelte';
import { themes } from './theme.svelte';

const rank = { viewer: 0, analyst: 1, administrator: 2 } as const;

class SessionState {
  user = $state.raw<Schemas['User']>();
  /** `unknown` until the server has been asked once. */
  state = $state<'unknown' | 'out' | 'in' | 'unreachable'>('unknown');
  expired = $state(false);

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
      this.state = error instanceof ApiError && (error.status === 0 || error.status >= 500) ? 'unreachable' : 'out';
    }
  }

  enter(session: Schemas['Session']) {
    setCsrf(session.csrf);
    this.user = session.user;
    this.state = 'in';
    this.expired = false;
    themes.choose(session.user.theme);
    if (session.user.language !== i18n.language) void i18n.speak(session.user.language);
    live.start();
  }

  leave() {
    live.stop();
    forget();
    setCsrf(null);
    this.user = undefined;
    this.state = 'out';
  }

  async signOut() {
    await api.delete('/api/v1/session').catch(() => {});
    this.leave();
  }
}

export const session = new SessionState();
