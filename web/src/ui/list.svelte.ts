import { untrack } from 'svelte';
import { api, ApiError, type Query, type Result } from '~/api/client';
import type { paths } from '~/api/schema';
import { apiQuery, timeRange } from '~/core/filters';
import { live, type Kind } from '~/core/live.svelte';
import { local } from '~/core/local';
import { router } from '~/core/router.svelte';
import { Rows, type Page } from '~/core/rows.svelte';
import type { Field } from './fields.svelte';
import type { Column } from './Grid.svelte';

type Gettable = { [P in keyof paths]: paths[P]['get'] extends { responses: unknown } ? P : never }[keyof paths];
type Listed = { [P in Gettable]: Result<P> extends Page<infer _> ? P : never }[Gettable];
type Item<P extends Listed> = Result<P> extends { items: (infer T)[] } ? T : never;

/**
 * A list of the API as a page shows it: the address says which rows, in which order, with which columns; the count is exact;
 * what changes on the server comes in quietly while the top is looked at, and otherwise waits behind a button.
 */
export class List<P extends Listed> {
  rows = $state.raw<Rows<Item<P>>>(new Rows<Item<P>>(async () => ({ items: [], next: null })));
  total = $state<number>();
  /** True when the server has something newer than what is shown. */
  stale = $state(false);
  /** The query of the API for what is shown; for exports, charts and actions on everything. */
  query: Record<string, string | string[]> = $state.raw({});
  reload: () => void = () => {};
}

export interface ListOptions {
  fields: () => readonly Field[];
  /** Path that counts; null where the API has none. */
  count: Gettable | null;
  /** The time range an address without one means; null where the list has no times. */
  range?: string | null;
  sort?: string;
  kinds?: readonly Kind[];
  /** False where the API takes no free text. */
  text?: boolean;
  /** The only filters that the count knows; with any other there is no count until the end is reached. */
  countBy?: readonly string[];
  /** Always asked for, whatever the address says. */
  fixed?: () => Record<string, string>;
}

export function list<P extends Listed>(path: P, options: ListOptions): List<P> {
  const it = new List<P>();
  const keys = $derived(options.fields().map((f) => f.key));
  const asked = $derived.by(() => {
    const times = options.range === undefined || options.range === null ? {} : timeRange(router.query, options.range, Date.now());
    const { from, to } = times as { from?: string; to?: string };
    const sort = router.query.get('sort') ?? options.sort;
    const query: Record<string, string | string[]> = { ...apiQuery(router.query, keys, { from, to }), ...options.fixed?.() };
    if (options.text === false) delete query.q;
    return JSON.stringify({ query, sort });
  });
  let counting: AbortController | undefined;

  async function count(query: object) {
    counting?.abort();
    if (!options.count || (options.countBy && Object.keys(query).some((key) => !options.countBy!.includes(key)))) return;
    const mine = (counting = new AbortController());
    try {
      const get = api.get as (path: Gettable, options: object) => Promise<{ count: number }>;
      it.total = (await get(options.count, { query, signal: mine.signal })).count;
    } catch (error) {
      if (!(error instanceof ApiError) && !mine.signal.aborted) throw error;
    }
  }

  function start(text: string) {
    const { query, sort } = JSON.parse(text) as { query: Record<string, string | string[]>; sort?: string };
    const get = api.get as (path: P, options: { query: Query<P>; signal: AbortSignal }) => Promise<Page<Item<P>>>;
    it.rows.close();
    it.query = query;
    it.stale = false;
    it.rows = new Rows<Item<P>>(async (after, limit, signal) => {
      const page = await get(path, { query: { ...query, ...(sort ? { sort } : {}), limit, after } as Query<P>, signal });
      // A list without a count of its own may tell it with each page.
      if ('total' in page && typeof page.total === 'number') it.total = page.total;
      return page;
    });
    void count(query);
  }

  let shown = '';
  $effect(() => {
    const text = asked;
    if (text === shown) return;
    shown = text;
    untrack(() => {
      it.total = undefined;
      start(text);
    });
  });
  it.reload = () => untrack(() => start(asked));
  $effect(() =>
    options.kinds
      ? live.on(options.kinds, () => {
          if (it.rows.known <= 100 && !document.querySelector('dialog[open]')) it.reload();
          else {
            it.stale = true;
            void count(it.query);
          }
        })
      : undefined,
  );
  $effect(() => () => {
    it.rows.close();
    counting?.abort();
  });
  return it;
}

/** The columns to show: those of the address, else those chosen on this machine, else the usual ones. */
export function chosenColumns(name: string, all: readonly Column[], usual: readonly string[]): Column[] {
  const wanted = (router.query.get('cols') ?? local.get(`columns.${name}`))?.split(',') ?? usual;
  const chosen = all.filter((c) => wanted.includes(c.key));
  return chosen.length ? chosen : all.filter((c) => usual.includes(c.key));
}
