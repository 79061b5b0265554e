import type { Result, Schemas } from '~/api/client';

/**
 * What the server last said about the assessment that is being worked on, for reading while the line is down. One assessment at
 * a time, in this browser, until the session it was read in ends; signing out takes it away. Nothing else of the API is kept,
 * and no token: what is answered meanwhile goes out after the session was taken up again.
 */
export interface Last {
  id: number;
  at: string;
  user: Schemas['User'];
  /** When the session ends, if nobody works in it. */
  until: string;
  assessment: Schemas['Assessment'];
  framework: Schemas['Framework'];
  evidence: Result<'/api/v1/evidence'>;
}

const ours = 'tocsin-';
const shelf = `${ours}reading`;
const place = '/kept/assessment';

/** There is none where the page came without TLS from another machine, or where storage is switched off. */
const box = async () => ('caches' in globalThis ? caches.open(shelf).catch(() => undefined) : undefined);

/** Counts sign-outs: what was being written then does not stay. */
let cleared = 0;

export async function keepLast(last: Last) {
  const before = cleared;
  await (await box())?.put(place, new Response(JSON.stringify(last))).catch(() => {});
  if (before !== cleared) await caches.delete(shelf);
}

export async function lastOf(id: number): Promise<Last | null> {
  const found = await (await box())?.match(place);
  const last = found ? ((await found.json().catch(() => null)) as Last | null) : null;
  return last?.id === id && Date.parse(last.until) > Date.now() ? last : null;
}

/** Has the browser keep the console's own files, so that the page opens while the line is down. */
export async function keepShell() {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name));
    active?.postMessage({ keep: [...new Set(loaded.filter((url) => url.origin === location.origin).map((url) => url.pathname))] });
  } catch {
    // Without it the page works as long as it is open.
  }
}

/** Takes away what was kept: files, answers, and the worker itself. */
export async function clearKept() {
  cleared++;
  if ('caches' in globalThis) for (const name of await caches.keys().catch(() => [])) if (name.startsWith(ours)) await caches.delete(name);
  if (!('serviceWorker' in navigator)) return;
  for (const one of await navigator.serviceWorker.getRegistrations().catch(() => [])) await one.unregister();
}
