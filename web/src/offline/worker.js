// The service worker: an assessment that was open here opens again while the line is down. `tools/shell.mjs` puts in the
// version and the files of this build. It holds files of the console only: of the API it neither keeps nor answers anything.
const version = '__VERSION__';
const shell = __FILES__;
const entry = '__ENTRY__';
const name = `tocsin-shell-${version}`;
const isFile = (path) => path.startsWith('/assets/') || path === '/favicon.svg';
/** The pages that open while the line is down. */
const isKept = (path) => /^\/readiness\/\d+$/.test(path);

async function fill() {
  const cache = await caches.open(name);
  const page = await fetch('/index.html', { cache: 'no-cache' });
  // A server that was upgraded meanwhile serves another page: its own worker will come.
  if (!page.ok || !(await page.clone().text()).includes(entry)) throw new Error('the page is of another build');
  await cache.put('/index.html', page);
  await cache.addAll(shell);
}

async function activate() {
  for (const one of await caches.keys()) if (one.startsWith('tocsin-shell-') && one !== name) await caches.delete(one);
  await self.clients.claim();
}

/** The server's page whenever it can be had, so that an upgrade shows at once. */
async function page(request) {
  const cache = await caches.open(name);
  const kept = await cache.match('/index.html', { ignoreVary: true });
  try {
    const answer = await fetch(request);
    return kept && [502, 503, 504].includes(answer.status) ? kept : answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** Files named by their content never change. */
async function file(request) {
  const kept = await caches.open(name).then((cache) => cache.match(request, { ignoreVary: true }));
  return kept ?? fetch(request);
}

/** What the page has loaded besides, such as its language; and all of it again after a sign-out took it away. */
async function keep(paths) {
  const cache = await caches.open(name);
  if (!(await cache.match('/index.html', { ignoreVary: true }))) await fill();
  for (const path of paths) if (isFile(path) && !(await cache.match(path, { ignoreVary: true }))) await cache.add(path).catch(() => {});
}

self.addEventListener('install', (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keep(event.data.keep.slice(0, 200).map(String)));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (isKept(url.pathname)) event.respondWith(page(request));
  } else if (isFile(url.pathname)) {
    event.respondWith(file(request));
  }
});
