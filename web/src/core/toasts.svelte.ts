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

  close(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
