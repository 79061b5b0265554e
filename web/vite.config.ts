import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const server = process.env.TOCSIN_URL ?? 'http://127.0.0.1:5800';

export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    // The Content-Security-Policy lets no data: script or style in, so nothing is put inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    reportCompressedSize: false,
    manifest: true,
  },
  // `npm run dev` shows the sources against a running server, with the same origin as in production.
  server: { proxy: { '/api': server, '/healthz': server, '/metrics': server, '/rfc2350': server, '/.well-known': server } },
});
