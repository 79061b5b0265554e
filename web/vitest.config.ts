import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) }, conditions: ['browser'] },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node' },
});
