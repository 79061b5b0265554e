/** One clock for every "3 minutes ago" on the page; ticks while somebody looks. */
class Clock {
  now = $state(Date.now());
  constructor() {
    setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, 20_000);
    document.addEventListener('visibilitychange', () => (this.now = Date.now()));
  }
}
export const clock = new Clock();
