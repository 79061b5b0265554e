import { untrack } from 'svelte';
import { address, api, ApiError, type Query, type Result } from '~/api/client';
import type { paths } from '~/api/schema';
import { live, type Kind } from './live.svelte';

type Gettable = { [P in keyof paths]: paths[P]['get'] extends { responses: unknown } ? P : never }[keyof paths];
type Given<P extends Gettable> = { path?: Record<string, string | number>; query?: Query<P> };

/** The last answers, so that going back to a page shows it at once while it is asked for again. */
const answers = new Map<string, unknown>();
const most = 60;

export function forget() {
  answers.clear();
}

function keep(key: string, value: unknown) {
  answers.delete(key);
  answers.set(key, value);
  if (answers.size > most) answers.delete(answers.keys().next().value!);
}

export class Loaded<T> {
  data = $state.raw<T>();
  error = $state.raw<ApiError>();
  loading = $state(true);
  /** Asks again, without taking away what is shown. */
  reload: () => void = () => {};
}

/**
 * Loads an answer of the API for a component and keeps it fresh: when the options change, and when something of the named
 * kinds changes on the server. Options of `null` load nothing. Call it while a component is set up.
 */
export function load<P extends Gettable>(path: P, options: () => Given<P> | null, kinds: readonly Kind[] = []): Loaded<Result<P>> {
  const loaded = new Loaded<Result<P>>();
  let running: AbortController | undefined;
  let shown = '';

  async function ask(given: Given<P>) {
    const key = address(path as string, given);
    running?.abort();
    const mine = (running = new AbortController());
    if (key !== shown) {
      loaded.data = answers.get(key) as Result<P> | undefined;
      loaded.error = undefined;
      shown = key;
    }
    loaded.loading = loaded.data === undefined;
    try {
      const get = api.get as (path: P, options: object) => Promise<Result<P>>;
      const data = await get(path, { ...given, signal: mine.signal });
      keep(key, data);
      // What is as it was is not drawn again.
      if (JSON.stringify(data) !== JSON.stringify(loaded.data)) loaded.data = data;
      loaded.error = undefined;
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      loaded.error = error;
    }
    if (running === mine) loaded.loading = false;
  }

  loaded.reload = () => {
    const given = untrack(options);
    if (given) void ask(given);
  };
  $effect(() => {
    const given = options();
    untrack(() => {
      if (given) void ask(given);
      else {
        loaded.data = undefined;
        loaded.loading = false;
        shown = '';
      }
    });
  });
  $effect(() => (kinds.length ? live.on(kinds, () => loaded.reload()) : undefined));
  $effect(() => () => running?.abort());
  return loaded;
}

/** One answer, remembered: for names of organisations, feeds and accounts inside filters and menus. */
export async function remembered<P extends Gettable>(path: P, given: Given<P> = {}): Promise<Result<P>> {
  const key = address(path as string, given);
  if (answers.has(key)) return answers.get(key) as Result<P>;
  const get = api.get as (path: P, options: object) => Promise<Result<P>>;
  const data = await get(path, given);
  keep(key, data);
  return data;
}
