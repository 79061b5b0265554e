import { untrack } from 'svelte';
import { ApiError } from '~/api/client';

/**
 * The rows of a list that may be a million long, of which the server gives pages by cursor.
 *
 * Rows are kept in chunks. A chunk far from the window gives its rows away but keeps its cursor, so memory is bounded and going
 * back needs one request. A jump ahead (the scroll bar dragged) reads on in large chunks until it is there.
 */
export interface Page<T> {
  items: T[];
  next: string | null;
}
export type Fetch<T> = (after: string | undefined, limit: number, signal: AbortSignal) => Promise<Page<T>>;

interface Chunk<T> {
  start: number;
  size: number;
  after: string | undefined;
  rows: T[] | undefined;
  used: number;
}

const first = 100;
const usual = 200;
const leap = 1000;
const keptChunks = 40;

export class Rows<T> {
  /** Goes up whenever rows came or went, so that the window is drawn again. */
  version = $state(0);
  error = $state.raw<ApiError>();
  loading = $state(false);
  /** True when the last row has been read, so `known` is the exact count. */
  complete = $state(false);
  /** Rows known to exist so far. */
  known = $state(0);

  private chunks: Chunk<T>[] = [];
  private next: string | undefined;
  private wanted = { from: 0, to: 0 };
  private running: AbortController | undefined;
  private ticks = 0;

  constructor(private readonly fetch: Fetch<T>) {}

  row(index: number): T | undefined {
    const chunk = this.chunkOf(index);
    if (chunk) chunk.used = ++this.ticks;
    return chunk?.rows?.[index - chunk.start];
  }

  /** Says which rows are looked at; loads what is missing. */
  need(from: number, to: number) {
    this.wanted = { from, to };
    untrack(() => {
      if (!this.running && !this.error) void this.work();
    });
  }

  /** All rows that are loaded now, with their place. */
  *loaded(): Generator<[number, T]> {
    for (const chunk of this.chunks) {
      for (const [i, row] of chunk.rows?.entries() ?? []) yield [chunk.start + i, row];
    }
  }

  /** Replaces one row that was changed, without asking for its page again. */
  patch(test: (row: T) => boolean, change: (row: T) => T) {
    for (const chunk of this.chunks) {
      if (chunk.rows) chunk.rows = chunk.rows.map((row) => (test(row) ? change(row) : row));
    }
    this.version++;
  }

  retry() {
    this.error = undefined;
    void this.work();
  }

  close() {
    this.running?.abort();
  }

  private chunkOf(index: number): Chunk<T> | undefined {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const chunk = this.chunks[middle]!;
      if (index < chunk.start) high = middle - 1;
      else if (index >= chunk.start + chunk.size) low = middle + 1;
      else return chunk;
    }
    return undefined;
  }

  private async work() {
    const mine = (this.running = new AbortController());
    this.loading = true;
    try {
      while (!mine.signal.aborted && (await this.step(mine.signal)));
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.error = error;
    } finally {
      if (this.running === mine) {
        this.running = undefined;
        this.loading = false;
      }
    }
  }

  /** Loads one missing chunk of the wanted rows; false when nothing is missing. */
  private async step(signal: AbortSignal): Promise<boolean> {
    const { from, to } = this.wanted;
    for (let i = from; i <= Math.min(to, this.known - 1); ) {
      const chunk = this.chunkOf(i);
      if (!chunk) break;
      if (!chunk.rows) {
        chunk.rows = (await this.fetch(chunk.after, chunk.size, signal)).items;
        this.changed();
        return true;
      }
      i = chunk.start + chunk.size;
    }
    if (this.complete || to < this.known) return false;
    const limit = this.known === 0 ? first : to - this.known > usual ? leap : usual;
    const after = this.next;
    const page = await this.fetch(after, limit, signal);
    if (page.items.length) {
      this.chunks.push({ start: this.known, size: page.items.length, after, rows: page.items, used: ++this.ticks });
    }
    this.known += page.items.length;
    this.next = page.next ?? undefined;
    this.complete = page.next === null || page.items.length === 0;
    this.changed();
    return true;
  }

  private changed() {
    const held = this.chunks.filter((chunk) => chunk.rows);
    if (held.length > keptChunks) {
      held.sort((a, b) => a.used - b.used);
      for (const chunk of held.slice(0, held.length - keptChunks)) {
        if (chunk.start > this.wanted.to || chunk.start + chunk.size < this.wanted.from) chunk.rows = undefined;
      }
    }
    this.version++;
  }
}
