/** The address is the state: a view can be sent to a colleague. One router, the History API, no hash. */

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  /** Counts navigations, so that a page can tell a new visit from a changed filter. */
  visit = $state(0);

  constructor() {
    addEventListener('popstate', () => this.read());
    document.addEventListener('click', (event) => this.follow(event));
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.search);
  }

  go(to: string, options: { replace?: boolean } = {}) {
    const url = new URL(to, location.href);
    const samePath = url.pathname === this.path;
    if (options.replace) history.replaceState(null, '', url);
    else if (url.href !== location.href) history.pushState(null, '', url);
    this.read();
    if (!samePath) {
      this.visit++;
      scrollTo(0, 0);
    }
  }

  /** Changes parameters of the present address; null or empty removes one. */
  set(changes: Record<string, string | null>, options: { replace?: boolean } = { replace: true }) {
    const query = this.query;
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === '') query.delete(key);
      else query.set(key, value);
    }
    const text = query.toString();
    this.go(this.path + (text ? `?${text}` : ''), options);
  }

  private read() {
    this.path = location.pathname;
    this.search = location.search;
  }

  private follow(event: MouseEvent) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/') || link.dataset.external !== undefined) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    this.go(link.href);
  }
}

export const router = new Router();
