export interface Toast {
  id: number;
  kind: 'done' | 'bad' | 'info';
  text: string;
  detail?: string;
  action?: { label: string; run: () => void };
}

class Toasts {
  list = $state<Toast[]>([]);
  private next = 1;

  show(toast: Omit<Toast, 'id'>, seconds = toast.action || toast.kind === 'bad' ? 10 : 4): number {
    const id = this.next++;
    this.list = [...this.list.slice(-3), { ...toast, id }];
    setTimeout(() => this.close(id), seconds * 1000);
    return id;
  }

  /** Does what the newest message offers: mostly, takes back what was just done. */
  act() {
    const toast = this.list.findLast((it) => it.action);
    if (!toast) return;
    toast.action?.run();
    this.close(toast.id);
  }

  close(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
