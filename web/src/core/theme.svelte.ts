import { local } from './local';

export type Theme = 'system' | 'light' | 'dark';

class Themes {
  choice = $state<Theme>((local.get('theme') as Theme | null) ?? 'system');
  dark = $state(false);
  private readonly system = matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    this.system.addEventListener('change', () => this.apply());
    this.apply();
  }

  choose(theme: Theme) {
    this.choice = theme;
    local.set('theme', theme);
    this.apply();
  }

  private apply() {
    this.dark = this.choice === 'dark' || (this.choice === 'system' && this.system.matches);
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
  }
}

export const themes = new Themes();
