// Walks what is about owners and repair, as run.mjs walks the rest: rules, inbox, letters, claims, repair, country, experiments, known-good lists,
// published documents, the portal and the public statistics. The same variables; TOCSIN_MAILS names mails the inbox has taken (console_walk.py).
import { readFileSync } from 'node:fs';
import { axe, base, call, expect, expectSoon, finish, open, person, picture, quiet, settled, signIn, step } from './harness.mjs';

const messages = JSON.parse(readFileSync(new URL('../../src/messages/en.json', import.meta.url), 'utf8'));
const browser = await open();
const { page, trouble } = await person(browser);
const path = () => new URL(page.url()).pathname + new URL(page.url()).search;
const go = async (to) => { await page.goto(base + to); await settled(page); };
const toast = (text) => expectSoon(`toast "${text}"`, () => page.locator('.toast', { hasText: text }).count());
const post = (to, body) => call(page, 'POST', to, body);
const wide = { width: 1440, height: 900 };
const narrow = { width: 360, height: 740 };
const fits = (of) => of.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

await step('sign-in', async () => {
  await signIn(page);
  await call(page, 'PATCH', '/api/v1/me', { language: 'en', theme: 'light' });
  await page.evaluate(() => localStorage.clear());
});
if (!(await page.locator('nav.rail').count())) finish();
const organisations = (await call(page, 'GET', '/api/v1/organisations?limit=3&sort=-open_findings')).body.items;
const owner = organisations[0];
const run = Date.now().toString(36);

// Somebody of an owner comes in by an invitation, so that there is something to decide.
const visitor = await person(browser, { locale: 'en-GB' });
const portal = visitor.page;
const visit = (to) => portal.goto(base + to);
await step('portal: an invitation makes an account, and its pages open', async () => {
  const invited = await post(`/api/v1/organisations/${owner.id}/invitations`, { rights: 'manager', below: false });
  expect('invited', [invited.status < 300, invited.body.detail], [true, undefined]);
  await portal.goto(base + new URL(invited.body.link, base).pathname);
  await picture(portal, 'portal-join'); await axe(portal);
  await portal.fill('input[name=name]', `walker-${run}`);
  await portal.fill('input[name=password]', 'a long enough password');
  await portal.click('form button');
  await expectSoon('in', () => portal.getByText('Open findings').count());
  quiet(visitor.trouble);
});
await step('portal: a finding is answered', async () => {
  await visit('/portal/findings?state=open');
  await portal.locator('main a[href^="/portal/findings/"]').first().click();
  await portal.waitForURL(/\/portal\/findings\/.+/);
  await portal.selectOption('select[name=said]', 'seen').catch(() => portal.check('input[name=said][value=seen]'));
  await portal.fill('form:has([name=said]) [name=text]', 'We look at it. نحن ننظر فيه.');
  await portal.locator('form:has([name=said]) button').first().click();
  await expectSoon('saved', () => portal.getByText('We look at it.').count());
  await picture(portal, 'portal-answered'); await axe(portal);
  quiet(visitor.trouble);
});
await step('portal: two names are claimed, and wait', async () => {
  for (const value of [`walk-${run}.example`, `wait-${run}.example`]) {
    await visit('/portal/resources');
    const form = portal.locator('form:has([name=evidence])');
    await form.locator('[name=kind]').selectOption('domain');
    await form.locator('[name=value]').fill(value);
    await form.locator('[name=evidence]').selectOption('explanation');
    await form.locator('[name=explanation]').fill('It is our web site. هذا موقعنا.');
    await form.locator('button').click();
    await expectSoon('it waits', () => portal.getByText(value).count());
  }
  quiet(visitor.trouble);
});

const claims = () => call(page, 'GET', '/api/v1/resource-claims').then((r) => r.body.items);
await step('claims: one is approved, one refused with a reason, which the owner reads', async () => {
  await go('/directory/claims');
  const card = (value) => page.locator('article', { hasText: value });
  await picture(page, 'claims-open'); await axe(page);
  await card(`walk-${run}.example`).getByRole('button', { name: 'Approve' }).click();
  await expectSoon('approved', async () => !(await claims()).some((c) => c.value === `walk-${run}.example` && c.state === 'open'));
  await card(`wait-${run}.example`).getByRole('button', { name: 'Refuse' }).click();
  await page.locator('dialog[open] textarea').fill('The name is somebody else’s.');
  await axe(page); await picture(page, 'claims-refuse');
  await page.locator('dialog[open] footer button').click();
  await expectSoon('refused', async () => !(await claims()).some((c) => c.value === `wait-${run}.example` && c.state === 'open'));
  await visit('/portal/resources');
  await expectSoon('read', () => portal.getByText('somebody else’s').count());
  quiet(trouble); quiet(visitor.trouble);
});

await step('rules: written, a fault is named by its line, simulated, saved, looked at', async () => {
  await go('/rules');
  const field = page.locator('#rules');
  await field.fill('[[rule]]\nname = "walk"\nwhen.severty = "high"\nthen.hold = true\n');
  await expectSoon('a fault', () => page.locator('.faults li').count());
  await picture(page, 'rules-fault'); await axe(page);
  await page.locator('.faults button').first().click();
  await field.fill('');
  await page.getByRole('button', { name: 'Begin with an example' }).or(page.locator('.side button.small').first()).first().click();
  await field.fill(`${await field.inputValue()}\n# ${run}\n`);
  await expectSoon('in words', () => page.locator('ol.words li').count());
  await page.getByRole('button', { name: /simulat/i }).or(page.locator('form.row button')).first().click();
  await expectSoon('what it would have sent', () => page.locator('section[aria-live=polite] table').count(), 30_000);
  await picture(page, 'rules-simulated'); await axe(page);
  const before = (await call(page, 'GET', '/api/v1/notification-rules/versions')).body.items.length;
  await page.locator('.page-head .btn.primary').click();
  await page.locator('dialog[open] input').fill('Walked');
  await page.locator('dialog[open] footer button').click();
  await expectSoon('a version', async () => (await call(page, 'GET', '/api/v1/notification-rules/versions')).body.items.length === before + 1);
  await page.locator('table button', { hasText: /./ }).first().click();
  await page.waitForSelector('dialog[open] pre');
  await picture(page, 'rules-difference'); await axe(page);
  await page.keyboard.press('Escape');
  quiet(trouble);
});

await step('inbox: what an answer meant is marked, and it no longer waits', async () => {
  const waiting = (await call(page, 'GET', '/api/v1/inbox')).body.items.filter((m) => m.waits);
  expect('mails wait', waiting.length > 0);
  await go('/inbox');
  await picture(page, 'inbox-waiting'); await axe(page);
  const mail = page.locator('article.mail').first();
  if (await mail.locator('select').count()) await mail.locator('select').selectOption('repaired');
  await mail.locator('input').fill('Read by Amina');
  await mail.locator('button.primary').click();
  await expectSoon('one fewer', async () => (await call(page, 'GET', '/api/v1/inbox')).body.items.filter((m) => m.waits).length === waiting.length - 1);
  await go('/inbox?all=1');
  await expectSoon('kept', () => page.locator('article.mail', { hasText: 'Read by Amina' }).count());
  await picture(page, 'inbox-all'); await axe(page);
  quiet(trouble);
});

await step('experiments: begun, its result says how many are still wanted, stopped', async () => {
  await go('/experiments');
  await page.locator('.page-head .btn.primary').click();
  await page.locator('dialog[open] input').first().fill(`walk ${run}`);
  await page.locator('dialog[open] input[lang=en]').last().fill('{tlp} Please repair this within a week');
  await picture(page, 'experiment-form'); await axe(page);
  await page.locator('dialog[open] footer button').click();
  const one = page.locator('section.card', { hasText: `walk ${run}` });
  await expectSoon('it runs', () => one.count());
  await one.getByRole('button', { name: 'Result' }).or(one.locator('button[aria-expanded]')).first().click();
  await expectSoon('its result', () => one.locator('table').count());
  await picture(page, 'experiment-result'); await axe(page);
  await one.locator('button').last().click();
  await expectSoon('stopped', async () => (await call(page, 'GET', '/api/v1/experiments')).body.items.find((e) => e.name === `walk ${run}`)?.stopped);
  quiet(trouble);
});

await step('repair: a figure leads to its list, another grouping, the league', async () => {
  await go('/repair');
  await picture(page, 'repair-all'); await axe(page);
  await page.locator('select').first().selectOption('feed');
  await expectSoon('by feed', () => path().includes('by=feed'));
  await settled(page);
  const shown = Number((await page.locator('.figures .figure').first().innerText()).replaceAll(/\D/g, ''));
  await page.locator('.figures a').first().click();
  await expectSoon('the list', () => path().startsWith('/findings'));
  await settled(page);
  expect('as many', Number((await page.locator('.page-head .count').innerText()).replaceAll(/\D/g, '')), shown);
  quiet(trouble);
});

await step('country: two days are compared', async () => {
  await go('/country');
  await page.locator('input[type=date]').first().fill('2026-11-01');
  await page.locator('input[type=date]').first().dispatchEvent('change');
  await settled(page);
  await picture(page, 'country-chosen'); await axe(page);
  quiet(trouble);
});

await step('known-good: a list of our own is taken in, looked into, switched off, taken back, removed', async () => {
  await go('/known-good');
  const list = { name: `Walk ${run}`, version: 1, type: 'hostname', description: 'Names of the walk', list: Array.from({ length: 250 }, (_, i) => `host${i}.walk-${run}.example`) };
  await page.locator('input[type=file]').setInputFiles({ name: 'walk.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify({ ...list, list: ['a', 5] })) });
  await expectSoon('a fault', () => page.getByText('list[1]').count());
  await page.locator('input[type=file]').setInputFiles({ name: 'walk.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(list)) });
  await page.getByRole('button', { name: 'Take the list in' }).click();
  const row = page.locator('tbody tr', { hasText: list.name });
  await expectSoon('listed', () => row.count());
  const held = async () => (await call(page, 'GET', `/api/v1/known-good/check?value=www.host7.walk-${run}.example`)).body.known_good.includes(list.name);
  expect('in use at once', await held());
  await row.getByRole('button', { name: list.name, exact: true }).click();
  await expectSoon('its entries', () => page.locator('dialog[open] .entries li').count());
  await page.locator('dialog[open] input').fill('host24');
  await expectSoon('found', async () => (await page.locator('dialog[open] .entries li').count()) === 11);
  await picture(page, 'known-good-entries'); await axe(page);
  await page.keyboard.press('Escape'); await page.keyboard.press('Escape');  // the first one empties the search
  await expectSoon('closed', async () => (await page.locator('dialog[open]').count()) === 0);
  await row.getByRole('button', { name: 'Switch off' }).click();
  await toast('The list is off');
  expect('off', await held(), false);
  await page.locator('.toast button', { hasText: 'Undo' }).last().click();
  await expectSoon('on again', held);
  await row.getByRole('button', { name: `Remove ${list.name}` }).click();
  await expectSoon('removed', async () => !(await held()));
  quiet(trouble);
});

await step('documents: one is published, read by everybody, and taken back', async () => {
  await go('/documents');
  const row = page.locator('section[aria-labelledby=publishing] li', { hasText: '/published/mandate' });
  await row.locator('button').click();
  await page.waitForSelector('dialog[open] input[type=checkbox]');
  await picture(page, 'publish-mandate'); await axe(page);
  expect('not before it is marked', await page.locator('dialog[open] footer button').isDisabled());
  await page.locator('dialog[open] input[type=checkbox]').check();
  await page.locator('dialog[open] footer button').click();
  await expectSoon('public', async () => (await fetch(`${base}/published/mandate?language=ar`)).status === 200);
  await portal.goto(`${base}/published/mandate?language=ar`);
  expect('its marking', (await portal.locator('body').innerText()).includes('TLP:CLEAR'));
  await picture(portal, 'published-mandate-ar'); await axe(portal);
  await settled(page);
  await row.locator('button').click();
  await page.locator('dialog[open] footer button').click();
  await expectSoon('taken back', async () => (await fetch(`${base}/published/mandate`)).status === 404);
  quiet(trouble); quiet(visitor.trouble);
});

await step('statistics: published, read by everybody', async () => {
  expect('published', (await call(page, 'PUT', '/api/v1/public-statistics', { strictest: 'GREEN' })).status, 200);
  quiet(trouble);
});

await step('a report’s numbers lead to lists with as many', async () => {
  await go('/steps'); await axe(page);
  await go('/evidence?kind=training&issued_from=2026-01-01&issued_to=2027-01-01'); await axe(page);
  await go('/findings?open_at=2026-11-20');
  const counted = (await call(page, 'GET', '/api/v1/findings/count?open_at=2026-11-20')).body.count;
  expect('as many', Number((await page.locator('.page-head .count').innerText()).replaceAll(/\D/g, '')), counted);
  await picture(page, 'findings-open-at');
  quiet(trouble);
});

const pages = {
  rules: '/rules', inbox: '/inbox?all=1', claims: '/directory/claims?state=all', repair: '/repair', 'repair-by-feed': '/repair?by=feed', country: '/country', experiments: '/experiments',
  'known-good': '/known-good', documents: '/documents', steps: '/steps', evidence: '/evidence', reports: '/official-reports',
};
for (const [language, theme, size] of [['en', 'light', wide], ['ar', 'dark', wide], ['ar', 'light', narrow], ['en', 'dark', narrow]]) {
  await page.setViewportSize(size);
  await call(page, 'PATCH', '/api/v1/me', { language, theme });
  for (const [title, to] of Object.entries(pages))
    await step(`${language} ${theme} ${size.width} ${title}`, async () => {
      await go(to);
      expect('direction', await page.evaluate(() => document.documentElement.dir), language === 'ar' ? 'rtl' : 'ltr');
      expect('raw keys of messages', ((await page.evaluate(() => document.body.innerText)).match(/\b[a-zA-Z]+(\.[a-zA-Z_-]+)+\b/g) ?? []).filter((word) => word in messages), []);
      expect('no trouble shown', await page.locator('.problem').allInnerTexts(), []);
      expect('no sideways scrolling', await fits(page));
      await page.screenshot({ path: `${process.env.TOCSIN_PICTURES ?? new URL('../../../build/web', import.meta.url).pathname}/${title}-${language}-${theme}-${size.width}.png`, fullPage: true });
      await axe(page);
      quiet(trouble);
    });
}
await page.setViewportSize(wide);
await call(page, 'PATCH', '/api/v1/me', { language: 'en', theme: 'light' });

// What needs no console: the portal and the statistics, with the reader's own setting of light and dark.
const outside = { 'portal-home': '/portal', 'portal-findings': '/portal/findings', 'portal-notifications': '/portal/notifications', 'portal-resources': '/portal/resources', 'portal-contacts': '/portal/contacts', 'portal-settings': '/portal/settings', 'portal-people': '/portal/people', 'portal-account': '/portal/account' };
for (const [language, scheme, size] of [['en', 'light', wide], ['ar', 'dark', wide], ['ar', 'light', narrow]]) {
  await portal.setViewportSize(size);
  await portal.emulateMedia({ colorScheme: scheme });
  for (const [title, to] of [...Object.entries(outside).map(([a, b]) => [a, `${b}?lang=${language}`]), ['statistics', `/statistics?language=${language}`]])
    await step(`${language} ${scheme} ${size.width} ${title}`, async () => {
      const answer = await portal.goto(base + to);
      expect('there', answer.status(), 200);
      expect('direction', await portal.evaluate(() => document.documentElement.dir), language === 'ar' ? 'rtl' : 'ltr');
      expect('no sideways scrolling', await fits(portal));
      await portal.screenshot({ path: `${process.env.TOCSIN_PICTURES ?? new URL('../../../build/web', import.meta.url).pathname}/${title}-${language}-${scheme}-${size.width}.png`, fullPage: true });
      await axe(portal);
      quiet(visitor.trouble);
    });
}
await browser.close();
finish();
