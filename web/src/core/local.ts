/** What this browser remembers for its user. Works without storage too (private windows, storage switched off). */
const prefix = 'tocsin.';

export const local = {
  get(key: string): string | null {
    try {
      return localStorage.getItem(prefix + key);
    } catch {
      return null;
    }
  },
  set(key: string, value: string) {
    try {
      localStorage.setItem(prefix + key, value);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  },
  remove(key: string) {
    try {
      localStorage.removeItem(prefix + key);
    } catch {
      // As above.
    }
  },
  json<T>(key: string, fallback: T): T {
    try {
      return JSON.parse(this.get(key) ?? '') as T;
    } catch {
      return fallback;
    }
  },
};
