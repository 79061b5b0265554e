import { untrack } from 'svelte';
import type { Key } from './i18n.svelte';

/**
 * Single keys and two-key sequences (`g e`).
 *
 * A binding lives as long as the component that made it. Keys are left alone while somebody types, while a dialog is open
 * (bindings marked `anywhere` excepted), and when Ctrl, Alt or Meta is held, which is the browser's and the screen reader's.
 */
export interface Binding {
  keys: string;
  label: Key;
  group: 'go' | 'list' | 'page' | 'general';
  run: (event: KeyboardEvent) => void;
}

class Keys {
  bindings = $state.raw<Binding[]>([]);
  private prefix = '';
  private prefixAt = 0;

  constructor() {
    document.addEventListener('keydown', (event) => this.press(event));
  }

  /** Returns the function that takes the bindings away again; made for `$effect(() => keys.bind([...]))`. */
  bind(bindings: Binding[]): () => void {
    untrack(() => (this.bindings = [...bindings, ...this.bindings]));
    return () => untrack(() => (this.bindings = this.bindings.filter((it) => !bindings.includes(it))));
  }

  private press(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector('dialog[open]')) return;
    const key = latin(event);
    if (!key) return;
    const fresh = performance.now() - this.prefixAt < 1200;
    const sequence = fresh && this.prefix ? `${this.prefix} ${key}` : key;
    const found = this.bindings.find((it) => it.keys === sequence);
    if (found) {
      event.preventDefault();
      this.prefix = '';
      found.run(event);
      return;
    }
    this.prefix = this.bindings.some((it) => it.keys.startsWith(`${key} `)) ? key : '';
    this.prefixAt = performance.now();
  }
}

function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.closest) return false;
  const input = element.closest('input, textarea, select, [contenteditable]');
  return input !== null && !(input instanceof HTMLInputElement && ['checkbox', 'radio', 'button'].includes(input.type));
}

/** The key by what it prints; on a keyboard that prints another script (Arabic, Cyrillic), by its place. */
function latin(event: KeyboardEvent): string {
  const { key, code } = event;
  if (key.length > 1) return key;
  if (key.charCodeAt(0) < 128) return event.shiftKey && /[a-z]/i.test(key) ? key.toUpperCase() : key;
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  return code === 'Slash' ? (event.shiftKey ? '?' : '/') : '';
}

export const keys = new Keys();
