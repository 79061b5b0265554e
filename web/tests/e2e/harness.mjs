// A small harness for the walks: steps with names, expectations that wait, pictures, axe, and a watch over what the page must not do.
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axeSource = require.resolve('axe-core/axe.min.js');

export const base = process.env.TOCSIN_URL ?? 'http://127.0.0.1:5800';
export const name = process.env.TOCSIN_USER ?? '';
export const password = process.env.TOCSIN_PASSWORD ?? '';
export const pictures = process.env.TOCSIN_PICTURES ?? new URL('../../../build/web', import.meta.url).pathname;
const only = process.argv[2];

let passed = 0;
let failed = 0;

/** Runs one step; a failure is told and counted, and the walk goes on. */
export async function step(title, work) {
  if (only && !title.includes(only) && !title.startsWith('sign-in')) return;
  const start = performance.now();
  try {
    await work();
    passed++;
    console.log(`ok    ${title} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${title}\n      ${String(error.message ?? error).split('\n').slice(0, 12).join('\n      ')}`);
  }
}

export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

export async function expectSoon(what, test, timeout = 15_000) {
  const end = performance.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await test();
      if (last) return last;
    } catch (error) {
      last = error.message;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${timeout} ms (last: ${JSON.stringify(last)})`);
    await new Promise((done) => setTimeout(done, 40));
  }
}

export function expect(what, found, wanted = true) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
}

export async function open() {
  mkdirSync(pictures, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A fresh browser profile whose page is watched: errors on the console (refusals of the CSP are such), and requests to other hosts. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'UTC', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // The browser itself logs answers of 400 and more; those are the application's to handle.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) trouble.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== new URL(base).origin && url.protocol.startsWith('http')) trouble.push(`request to ${url.origin}`);
  });
  page.setDefaultTimeout(20_000);
  return { context, page, trouble };
}

/** A line of its own to the server, which can be cut: `cut()` ends what is open and refuses what is new, `mend()` lets it through again. */
export async function line() {
  const { hostname, port } = new URL(base);
  const open = new Set();
  let isCut = false;
  const server = createServer((here) => {
    if (isCut) return here.destroy();
    const there = connect(Number(port), hostname);
    for (const [one, other] of [[here, there], [there, here]]) {
      open.add(one);
      one.on('error', () => {}).on('close', () => { open.delete(one); other.destroy(); }).pipe(other);
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const cut = () => { isCut = true; for (const one of open) one.destroy(); };
  return { url: `http://127.0.0.1:${server.address().port}`, cut, mend: () => { isCut = false; }, close: () => { cut(); server.close(); } };
}

export function quiet(trouble) {
  const found = trouble.splice(0);
  if (found.length) throw new Error(found.slice(0, 5).join('\n'));
}

export async function signIn(page, at = base) {
  await page.goto(`${at}/`);
  await page.fill('input[name=name]', name);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
}

/** Waits until nothing is loading any more. */
export async function settled(page) {
  // Asked again and again from here: a function that waits inside the page would need eval, which its policy forbids.
  await expectSoon('the page is there', () => page.evaluate(() => document.querySelector('#app > *') !== null && !document.querySelector('.skeleton') && !document.querySelector('[aria-busy=true]')), 10_000);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)))));
}

export async function picture(page, title) {
  await page.screenshot({ path: join(pictures, `${title}.png`) });
}

/** Everything axe knows of WCAG 2.2 A and AA, and its good practices. */
export async function axe(page) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    // The page's policy allows no foreign script, so it is evaluated, not inserted.
    const { readFileSync } = await import('node:fs');
    await page.evaluate(readFileSync(axeSource, 'utf8'));
  }
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] });
    return result.violations.map((v) => `${v.id}: ${v.help} – ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n').slice(1, 3).join(' ') ?? ''}`).join(' | ')}`);
  });
  if (found.length) throw new Error(found.join('\n'));
}

/** A call of the API with the page's own session. */
export function call(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const session = await (await fetch('/api/v1/session')).json();
      const response = await fetch(path, { method, headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf ?? '' }, body: body === undefined ? undefined : JSON.stringify(body) });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : null };
    },
    [method, path, body],
  );
}
