// Walks the readiness pages as run.mjs walks the others: node tests/e2e/readiness.mjs, with the same variables.
import { readFileSync } from 'node:fs';
import { axe, base, call, expect, expectSoon, finish, line, open, person, picture, quiet, settled, signIn, step } from './harness.mjs';
const messages = JSON.parse(readFileSync(new URL('../../src/messages/en.json', import.meta.url), 'utf8'));
const browser = await open();
const { page, trouble } = await person(browser);
page.setDefaultTimeout(15000);
const go = async (to) => { await page.goto(base + to); await settled(page); };
await step('sign-in', async () => { await signIn(page); await call(page, 'PATCH', '/api/v1/me', { language: 'en', theme: 'light' }); await page.evaluate(() => localStorage.clear()); });
let path = '';
await step('wizard', async () => {
  await go('/readiness'); await picture(page, '1-home'); await axe(page);
  await page.click('.page-head .btn.primary'); await picture(page, '2-wizard'); await axe(page);
  await page.click('dialog footer .btn.primary');
  await expectSoon('assessment', () => /\/readiness\/\d+$/.test(page.url())); path = new URL(page.url()).pathname;
  await settled(page); await page.waitForSelector('tr[id^=item-]'); await picture(page, '3-assessment'); 
});
await step('answer is saved as given', async () => {
  const row = page.locator('tr[id^=item-]').first(); const item = (await row.getAttribute('id')).slice(5);
  const now = row.locator('select').nth(1);
  await now.selectOption('2');
  const one = async () => (await call(page, 'GET', `/api/v1/assessments/${path.split('/').pop()}`)).body.answers.find((a) => a.item === item);
  await expectSoon('saved', async () => (await one())?.value === 2);
});
await step('clash', async () => {
  const id = path.split('/').pop();
  const row = page.locator('tr[id^=item-]').nth(1); const item = (await row.getAttribute('id')).slice(5);
  const one = async () => (await call(page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => a.item === item);
  await row.locator('select').nth(1).selectOption('1'); await expectSoon('first', async () => (await one())?.value === 1);
  await page.waitForTimeout(1500);
  const before = await one();
  for (const [press, want] of [['.btn.primary', 3], ['.btn:not(.primary)', 4]]) {
    const now = await one();
    const there = await call(page, 'PUT', `/api/v1/assessments/${id}/answers/${item}`, { value: 4, wanted: now.wanted, assignment: now.assignment, recommendation: now.recommendation, version: now.version });
    expect('theirs', there.status, 200);
    await row.locator('select').nth(1).selectOption('3');
    await page.waitForSelector('dialog[open] footer'); await picture(page, '3b-clash'); await axe(page);
    await page.click('dialog[open] footer ' + press); await page.waitForTimeout(900);
    expect('kept', (await one()).value, want); expect('shown', await row.locator('select').nth(1).inputValue(), String(want));
  }
});
await step('the line is cut: answers are kept, also over a reload, and go out when it is back', async () => {
  const id = path.split('/').pop();
  const row = page.locator('tr[id^=item-]').nth(2); const item = (await row.getAttribute('id')).slice(5);
  const one = async (which) => (await call(page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => a.item === which);
  const second = page.locator('tr[id^=item-]').nth(3); const contested = (await second.getAttribute('id')).slice(5);
  await second.locator('select').nth(1).selectOption('1'); await expectSoon('an answer to contest', async () => (await one(contested))?.value === 1); await page.waitForTimeout(900);
  const version = (await one(contested)).version;
  await page.context().setOffline(true);
  await row.locator('select').nth(1).selectOption('3'); await expectSoon('kept', () => row.locator('.chip', { hasText: 'Not sent yet' }).count());
  await row.locator('select').nth(2).selectOption('4'); await second.locator('select').nth(1).selectOption('2');
  await expectSoon('both told', () => page.locator('.kept', { hasText: 'Answers kept here: 2' }).count());
  expect('shown as given', [await row.locator('select').nth(1).inputValue(), await row.locator('select').nth(2).inputValue()], ['3', '4']);
  await picture(page, '3d-cut'); await axe(page);
  // Somebody else answers meanwhile, over another line.
  const them = await person(browser); await signIn(them.page);
  const before = (await call(them.page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => a.item === contested);
  expect('theirs', (await call(them.page, 'PUT', `/api/v1/assessments/${id}/answers/${contested}`, { value: 4, wanted: before.wanted, assignment: before.assignment, version })).status, 200);
  await them.context.close();
  await page.context().setOffline(false);
  await expectSoon('sent', async () => { const a = await one(item); return a?.value === 3 && a?.wanted === 4; });
  expect('not overwritten', (await one(contested)).value, 4);
  await expectSoon('the conflict is told', () => page.locator('.kept button', { hasText: 'Decide' }).count());
  await page.reload(); await settled(page); await expectSoon('also after a reload', () => page.locator('.kept button', { hasText: 'Decide' }).count());
  await page.locator('.kept button', { hasText: 'Decide' }).click();
  await page.waitForSelector('dialog[open] footer');
  expect('both values', await page.locator('dialog[open] tbody tr').first().locator('td').allInnerTexts(), ['2', '4']);
  await picture(page, '3e-decide'); await axe(page);
  await page.click('dialog[open] footer .btn.primary');
  await expectSoon('mine, by choice', async () => (await one(contested)).value === 2);
  await expectSoon('nothing waits', async () => (await page.locator('.kept').count()) === 0);
});
await step('a page that is loaded while the server can not be had opens, takes answers, and sends them when it is back; signing out clears it', async () => {
  const id = path.split('/').pop();
  const wire = await line();
  const far = await person(browser);
  await signIn(far.page, wire.url);
  const one = async (which) => (await call(page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => a.item === which);
  await far.page.goto(wire.url + path); await settled(far.page); await far.page.waitForSelector('tr[id^=item-]');
  const kept = () => far.page.evaluate(async () => { const all = await caches.keys(); return { shelves: all.map((n) => n.replace(/-[0-9a-f]{16}$/, '')).sort(), files: (await Promise.all(all.map(async (n) => (await (await caches.open(n)).keys()).map((r) => new URL(r.url).pathname)))).flat() }; });
  await expectSoon('files and the assessment are kept', async () => { const k = await kept(); return k.shelves.length === 2 && k.files.includes('/index.html') && k.files.some((f) => f.startsWith('/assets/en-')); });
  expect('nothing of the API', (await kept()).files.filter((f) => f.startsWith('/api')), []);
  wire.cut();
  await far.page.reload(); await far.page.waitForSelector('tr[id^=item-]');
  expect('said so', await far.page.locator('[role=status]', { hasText: 'The line is down' }).count(), 1);
  const row = far.page.locator('tr[id^=item-]').nth(4); const item = (await row.getAttribute('id')).slice(5);
  await row.locator('select').nth(1).selectOption('2'); await expectSoon('kept', () => row.locator('.chip', { hasText: 'Not sent yet' }).count());
  await picture(far.page, '3j-reloaded-without-line'); await axe(far.page);
  await far.page.reload(); await expectSoon('the answer is still there', () => far.page.locator('tr[id^=item-]').nth(4).locator('.chip', { hasText: 'Not sent yet' }).count());
  expect('as given', await far.page.locator('tr[id^=item-]').nth(4).locator('select').nth(1).inputValue(), '2');
  const opens = async (to) => { const tab = await far.context.newPage(); const how = await tab.goto(wire.url + to).then(() => 'opened', () => 'refused'); await tab.close(); return how; };
  expect('no other page', await opens('/findings'), 'refused');
  wire.mend();
  await expectSoon('sent', async () => (await one(item))?.value === 2, 30_000);
  await expectSoon('as before', async () => (await far.page.locator('[role=status]', { hasText: 'The line is down' }).count()) === 0);
  // What is kept is never shown while the server can be had, so that an upgrade shows at once.
  await far.page.evaluate(async () => { const name = (await caches.keys()).find((n) => n.startsWith('tocsin-shell-')); await (await caches.open(name)).put('/index.html', new Response('the console of yesterday')); });
  await far.page.reload(); await far.page.waitForSelector('tr[id^=item-]');
  await far.page.locator('.me button').click(); await far.page.getByRole('menuitem', { name: 'Sign out' }).click(); await far.page.waitForSelector('input[name=name]');
  await expectSoon('cleared', async () => (await kept()).shelves.length === 0);
  wire.cut();
  expect('nothing opens for the next person', await opens(path), 'refused');
  await far.context.close(); wire.close();
});
await step('evaluations: on a schedule, evaluated twice, what changed is told', async () => {
  const id = path.split('/').pop();
  await go('/evaluations'); await picture(page, '11a-evaluations-none'); await axe(page);
  await page.locator('.page-head').getByRole('button', { name: 'Put on a schedule' }).click(); await page.locator('dialog[open] select').first().selectOption(id);
  expect('kinds of a list of services', await page.locator('dialog[open] input[type=radio]').count(), 3); await picture(page, '11b-schedule'); await axe(page);
  await page.fill('dialog[open] input[type=date]', '2026-01-01'); await page.click('dialog[open] footer .primary');
  await expectSoon('late', () => page.locator('tbody .chip', { hasText: 'Late' }).count());
  for (const value of [1, 5]) {
    const at = (await call(page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => !a.assessor && typeof a.value === 'number');
    expect('changed', (await call(page, 'PUT', `/api/v1/assessments/${id}/answers/${at.item}`, { ...Object.fromEntries(['wanted', 'recommendation', 'assignment', 'assigned_to'].map((k) => [k, at[k]])), value, version: at.version })).status, 200);
    await page.locator('.page-head .btn.primary').click(); await page.locator('dialog[open] select').first().selectOption(id); await page.fill('dialog[open] textarea', `With the value ${value}`); await axe(page); await page.click('dialog[open] footer .primary');
    await expectSoon('kept', () => page.locator('section', { hasText: `With the value ${value}` }).count());
  }
  await expectSoon('told', () => page.locator('section td .chip', { hasText: 'Risen' }).count());
  await expectSoon('not late any more', async () => (await page.locator('tbody .chip', { hasText: 'Late' }).count()) === 0);
  await picture(page, '11c-evaluations'); await axe(page);
});
await step('spreadsheet: out of an assessment and in again, first dry', async () => {
  await go(path); await page.waitForSelector('tr[id^=item-]');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Spreadsheet' }).click()]);
  expect('its name', /^assessment-\d+\.xlsx$/.test(file.suggestedFilename()));
  await page.getByRole('button', { name: 'Read a spreadsheet' }).click();
  await page.setInputFiles('dialog[open] input[type=file]', { name: 'no.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('no workbook') });
  await page.click('dialog[open] footer .primary'); await expectSoon('a bad one is told', () => page.locator('dialog[open] .problem').count()); await picture(page, '12a-bad-sheet'); await axe(page);
  await page.setInputFiles('dialog[open] input[type=file]', await file.path().then(async (at) => ({ name: 'ours.xlsx', mimeType: 'application/octet-stream', buffer: (await import('node:fs')).readFileSync(at) })));
  await page.click('dialog[open] footer .primary'); await expectSoon('what would be taken', () => page.locator('dialog[open] [role=status] .good').count()); await picture(page, '12b-sheet'); await axe(page);
  const before = (await call(page, 'GET', '/api/v1/assessments')).body.items.length;
  await page.click('dialog[open] footer .primary'); await expectSoon('its page', () => /\/readiness\/\d+$/.test(page.url()) && !page.url().endsWith(path));
  const all = (await call(page, 'GET', '/api/v1/assessments')).body.items; expect('one more', all.length, before + 1);
  const [here, copy] = await Promise.all([path.split('/').pop(), page.url().split('/').pop()].map(async (n) => (await call(page, 'GET', `/api/v1/assessments/${n}`)).body.answers.filter((a) => !a.assessor && a.value !== null).map((a) => [a.item, a.value]).sort()));
  expect('the same values', copy, here);
  await call(page, 'DELETE', `/api/v1/assessments/${page.url().split('/').pop()}`);
});
await step('assessors side by side, the result agreed, justification and its history', async () => {
  await go(`${path}?view=assessors`);
  await page.getByRole('button', { name: 'Name the assessors' }).click(); await page.fill('dialog[open] textarea', 'Amina\nBoris'); await page.click('dialog[open] footer .primary');
  await page.waitForSelector('th a.link');
  for (const [who, first, other] of [['Amina', '2', '3'], ['Boris', '2', '1']]) {
    await go(`${path}?as=${who}`); await page.waitForSelector('tr[id^=item-]');
    for (const [n, value] of [[5, first], [6, other]]) { await page.locator('tr[id^=item-]').nth(n).locator('select').nth(1).selectOption(value); await page.waitForTimeout(400); }
  }
  await page.locator('tr[id^=item-]').nth(6).getByRole('button', { name: 'Justification' }).click(); await page.fill('dialog[open] textarea >> nth=0', 'Only one of us has seen the handbook.'); await axe(page); await picture(page, '3f-detail'); await page.click('dialog[open] footer .primary'); await page.waitForTimeout(500);
  await go(`${path}?view=assessors`); await page.waitForSelector('th a.link');
  await expectSoon('they differ', () => page.locator('tr .chip.warn', { hasText: 'They differ' }).count());
  await page.getByRole('button', { name: 'Take what all agree on (1)' }).click(); await expectSoon('taken', () => page.locator('.toast', { hasText: 'Answers changed: 1' }).count());
  await picture(page, '3g-assessors'); await axe(page);
  await page.getByRole('button', { name: 'The result is agreed' }).click(); await expectSoon('moderated', () => page.locator('.page-head .chip.good').count());
  await go(`${path}?view=history`); await page.waitForSelector('td .change'); await picture(page, '3h-history'); await axe(page);
});
await step('compared with an earlier day and with a target out of a file', async () => {
  const id = path.split('/').pop();
  await go(`${path}?view=compare&from=2020-01-01`); await page.waitForSelector('.track');
  await expectSoon('all of it rose', () => page.locator('.good', { hasText: '↑' }).count());
  const item = (await call(page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => !a.assessor && a.wanted !== 5).item;
  await page.setInputFiles('input[type=file]', { name: 'target.csv', mimeType: 'text/csv', buffer: Buffer.from(`item,level\n${item},5\nnothing,2\n`) });
  await expectSoon('read', () => page.locator('p', { hasText: 'not taken: 1' }).count());
  await picture(page, '3i-compare'); await axe(page);
  await page.getByRole('button', { name: 'Make these the wanted levels (1)' }).click();
  await expectSoon('wanted', async () => (await call(page, 'GET', `/api/v1/assessments/${id}`)).body.answers.find((a) => a.item === item && !a.assessor).wanted === 5);
});
await step('sim3 evidence accept', async () => {
  const made = (await call(page, 'POST', '/api/v1/assessments', { framework: 'sim3', title: 'SIM3 walk' })).body;
  await go(`/readiness/${made.id}`); await page.waitForSelector('td.proof button');
  await page.locator('td.proof button').first().click(); await page.waitForSelector('.chip.good'); 
  await page.locator('td.proof button.plain').first().click(); await page.locator('dialog[open] select').selectOption('2'); await page.fill('dialog[open] textarea', 'Written down in the handbook.'); await page.click('dialog[open] footer .primary');
  await page.waitForTimeout(900); expect('overridden', (await call(page, 'GET', `/api/v1/assessments/${made.id}`)).body.answers.map((a) => a.value), [1, 2]);
  await picture(page, '3c-sim3');
});
await step('sources', async () => { await go('/readiness'); await page.locator('td .btn.plain').first().click(); await page.waitForSelector('dialog[open] li'); await picture(page, '1b-sources'); await axe(page); await go(path); await page.waitForSelector('tr[id^=item-]'); });
await step('axe assessment', async () => { await axe(page); });
for (const [n, p] of [['4-evidence', '/evidence'], ['4b-evidence-of', '/evidence?all=1&assessment='], ['5-roadmap', 'roadmap'], ['6-register', '/registers/states']]) await step(n, async () => {
  const to = p === 'roadmap' ? `${path}/roadmap` : p.endsWith('=') ? p + path.split('/').pop() : p;
  await go(to);
  if (p === 'roadmap') { await page.click('.page-head .btn.primary'); await page.waitForSelector('td input[type=checkbox]'); await page.locator('td input[type=checkbox]').first().click(); await settled(page); await page.waitForTimeout(700); expect('ticked', await page.locator('td input[type=checkbox]:checked').count() > 0); }
  await picture(page, n); await axe(page);
});
await step('roadmap: a step gets an owner and a date, is taken away and taken back; proposing anew asks first', async () => {
  await go(`${path}/roadmap`); await page.waitForSelector('tr[id^=step-]');
  const all = await page.locator('tr[id^=step-]').count();
  await page.locator('tr[id^=step-]').first().getByRole('button').click(); await page.waitForSelector('dialog[open] form'); await axe(page); await picture(page, '5b-step');
  await page.locator('dialog[open] label', { hasText: 'Owner' }).locator('input').fill('Amina'); await page.fill('dialog[open] input[type=date]', '2026-01-31'); await page.click('dialog[open] footer .primary');
  await expectSoon('owned', () => page.locator('td', { hasText: 'Amina' }).count()); await picture(page, '5c-late'); await axe(page);
  await page.locator('tr[id^=step-]').last().getByRole('button').click(); await page.getByRole('button', { name: 'Remove', exact: true }).click(); await page.getByRole('button', { name: 'Yes, remove' }).click();
  await expectSoon('one fewer', async () => (await page.locator('tr[id^=step-]').count()) === all - 1);
  await page.locator('.toast button', { hasText: 'Undo' }).first().click(); await expectSoon('back', async () => (await page.locator('tr[id^=step-]').count()) === all);
  await page.click('.page-head .btn.primary'); await page.waitForSelector('dialog[open] .danger'); await page.keyboard.press('Escape');
  expect('still there', await page.locator('td', { hasText: 'Amina' }).count(), 1);
});
await step('register: claims are imported, first dry; they stand side by side; the map can be switched off; weights move the ranking', async () => {
  await go('/registers/states'); await page.waitForSelector('figure svg path');
  expect('every State has a place', await page.locator('figure > svg title').count(), 194);
  const before = (await call(page, 'GET', '/api/v1/registers/states/entries/TV')).body.claims.length;
  await page.getByRole('button', { name: 'Import claims' }).click();
  await page.fill('dialog[open] textarea', 'country,says,claimant,source,date\nKE,yes,Walk one,https://one.example/list,2026-01-02\nKE,no,Walk two,https://two.example/list,2026-02-03\nTV,planned,Walk one,https://one.example/list,2026-01-02\nFR,yes,Walk one,https://one.example/list,2026-01-02\nQQ,maybe,,,\n');
  await page.click('dialog[open] footer .primary'); await expectSoon('told what is wrong', () => page.locator('dialog[open] tbody tr').count()); await picture(page, '6a-import'); await axe(page);
  expect('nothing yet', (await call(page, 'GET', '/api/v1/registers/states/entries/TV')).body.claims.length, before);
  await page.getByRole('button', { name: 'Import (4)' }).click(); await expectSoon('added', () => page.locator('.toast', { hasText: 'Claims added' }).count());
  await go('/registers/states?picture=contradicting'); await page.getByRole('button', { name: 'Kenya' }).click();
  await expectSoon('side by side', async () => (await page.locator('dialog[open] .claims li').count()) >= 2); await picture(page, '6b-entry'); await axe(page);
  await page.getByRole('button', { name: 'Add a claim' }).click(); await page.locator('dialog[open] form input').nth(0).fill('Walk three'); await page.locator('dialog[open] form input').nth(2).fill('Letter of 3 March'); await axe(page);
  await page.click('dialog[open] footer .primary'); await expectSoon('there', () => page.locator('dialog[open] li', { hasText: 'Walk three' }).count());
  const mine = page.locator('dialog[open] li', { hasText: 'Walk three' }).first(); await mine.getByRole('button', { name: 'Withdraw' }).click(); await mine.getByRole('button', { name: 'Yes, withdraw' }).click();
  await expectSoon('gone', async () => (await page.locator('dialog[open] li', { hasText: 'Walk three' }).count()) === 0);
  await page.keyboard.press('Escape');
  await go('/registers/states?sort=need'); await picture(page, '6c-need'); await axe(page);
  const first = () => page.locator('tbody tr td .name').first().innerText();
  const usual = await first();
  await page.locator('input[type=range]').first().evaluate((e) => { e.value = '0'; e.dispatchEvent(new Event('change', { bubbles: true })); });
  await expectSoon('in the address', () => page.url().includes('weights='));
  await page.locator('label', { hasText: 'Small islands' }).locator('input[type=range]').evaluate((e) => { e.value = '10'; e.dispatchEvent(new Event('change', { bubbles: true })); });
  await expectSoon('another is first', async () => (await first()) !== usual);
  await page.getByRole('button', { name: 'Map off' }).click(); expect('no map', await page.locator('figure').count(), 0); await axe(page);
  await page.getByRole('button', { name: 'Map on' }).click(); await page.waitForSelector('figure svg path');
});
await step('frameworks: versions, certainty, what speaks of the same', async () => {
  await go('/frameworks'); await picture(page, '7a-frameworks'); await axe(page);
  await go('/frameworks/x1060-2026-03'); await page.waitForSelector('tr[id^=item-]');
  const all = await page.locator('tr[id^=item-]').count();
  await page.getByLabel('Compare with version').selectOption({ index: 1 }); await expectSoon('compared', () => page.url().includes('vs='));
  await page.getByRole('button', { name: 'Only what is to be checked' }).click(); await expectSoon('filtered', async () => (await page.locator('tr[id^=item-]').count()) <= all);
  await picture(page, '7b-framework'); await axe(page);
  await page.locator('tr[id^=item-] td:last-child a').first().click(); await expectSoon('the other framework', () => !page.url().includes('x1060')); await page.waitForSelector('tr[id^=item-]');
  expect('one item', await page.locator('tr[id^=item-]').count() >= 1);
});
await step('known good: a value is looked up, a list of one’s own looked at', async () => {
  await go('/known-good'); await page.waitForSelector('tbody tr');
  await page.fill('input[type=search]', '192.0.2.7'); await page.keyboard.press('Enter'); await page.waitForSelector('[role=status]');
  const list = { name: 'Ours', version: 1, description: 'Our own.', type: 'cidr', list: ['192.0.2.0/24'] };
  await page.setInputFiles('input[type=file]', { name: 'ours.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(list)) });
  await expectSoon('its name, and that it may be taken in', () => page.locator('[role=status] .strong', { hasText: 'Ours' }).count());
  await picture(page, '8-known-good'); await axe(page);
});
await step('situation: five numbers and three charts, on a screen and on paper', async () => {
  await go('/situation'); await page.waitForSelector('.charts .lines');
  expect('numbers', await page.locator('.numbers li').count(), 5); expect('charts', await page.locator('.charts section').count(), 3);
  await expectSoon('all known', async () => !(await page.locator('.figure').allInnerTexts()).includes('–'));
  await picture(page, '9-situation'); await axe(page);
  await page.emulateMedia({ media: 'print' }); await page.setViewportSize({ width: 1020, height: 700 }); await picture(page, '9b-situation-print');
  expect('no menu on paper', await page.locator('.rail').isVisible(), false);
  await page.emulateMedia({ media: null }); await page.setViewportSize({ width: 1440, height: 900 });
});
await step('documents: an answer is kept, a bad one is told and stays in its field', async () => {
  await go('/documents'); await page.waitForSelector('fieldset');
  expect('kinds', await page.locator('tbody tr').count(), 7);
  const name = page.getByLabel('Name of the team'); await name.fill('CIRT of the walk'); await name.blur();
  const value = async (key) => (await call(page, 'GET', '/api/v1/documents/answers')).body.items.find((a) => a.name === key)?.value;
  await expectSoon('kept', async () => (await value('team_name')) === 'CIRT of the walk');
  const site = page.getByLabel('Website'); await site.fill('walk.example'); await site.blur();
  await expectSoon('told', () => page.locator('[role=alert]', { hasText: 'https://' }).count());
  expect('stays', [await site.inputValue(), await site.getAttribute('aria-invalid')], ['walk.example', 'true']);
  await picture(page, '10-documents'); await axe(page);
  await site.fill('https://walk.example'); await site.blur(); await expectSoon('kept', async () => (await value('website')) === 'https://walk.example');
  expect('no fault', await page.locator('fieldset [role=alert]').count(), 0);
  await page.getByLabel('Answers for').selectOption('fr'); const french = page.getByLabel('Mandate', { exact: true }); await french.fill('Protéger les réseaux.'); await french.blur();
  await expectSoon('in French', async () => (await value('mandate.fr')) === 'Protéger les réseaux.');
  await page.getByLabel('Answers for').selectOption('');
  await page.getByRole('button', { name: 'Only what is missing' }).click(); await expectSoon('fewer', async () => (await page.getByLabel('Name of the team').count()) === 0); await picture(page, '10b-missing'); await axe(page);
});
await step('documents: a section in our own words, and back, and undone', async () => {
  await go('/documents/rfc2350?language=fr'); await page.waitForSelector('textarea');
  const text = page.locator('textarea').first(); const own = () => page.locator('.chip', { hasText: 'Your own words' }).count();
  const first = await text.inputValue(); await text.fill('À propos de nous.');
  await page.locator('select[aria-label^="Put in"]').first().selectOption('team_name'); expect('put in', (await text.inputValue()).includes('{{team_name}}'));
  await page.getByRole('button', { name: /^Save: / }).first().click(); await expectSoon('own', own); await picture(page, '10c-section'); await axe(page);
  await page.getByRole('button', { name: /^Back to the program/ }).first().click(); await expectSoon('ours', async () => (await own()) === 0); expect('as before', (await text.inputValue()).trim(), first.trim());
  await page.locator('.toast button', { hasText: 'Undo' }).first().click(); await expectSoon('own again', own);
  await page.getByRole('button', { name: /^Back to the program/ }).first().click(); await expectSoon('ours again', async () => (await own()) === 0);
});
await step('documents: what becomes public is told before; published, read by anybody, withdrawn', async () => {
  await call(page, 'PUT', '/api/v1/documents/answers', { email: 'cirt@walk.example' });
  await go('/documents'); await page.waitForSelector('fieldset');
  for (const [what, place, word] of [['Team profile (RFC 2350)', '/rfc2350', 'CIRT of the walk'], ['security.txt', '/.well-known/security.txt', 'mailto:cirt@walk.example']]) {
    const out = async () => { const r = await fetch((process.env.TOCSIN_SERVER ?? base) + place); return [r.status, (await r.text()).includes(word)]; };
    expect('not before', (await out())[0], 404);
    await page.getByRole('button', { name: `Publish ${what}` }).click(); await page.waitForSelector('dialog[open] .pairs');
    expect('told', await page.locator('dialog[open]', { hasText: 'cirt@walk.example' }).count(), 1);
    expect('told in French too, where it is read so', await page.locator('dialog[open] dd', { hasText: 'Protéger les réseaux.' }).count(), place === '/rfc2350' ? 1 : 0); await picture(page, `10d-publish-${what.slice(0, 4)}`); await axe(page);
    await page.locator('dialog[open] footer .primary').click(); await page.getByRole('button', { name: `Withdraw ${what}` }).waitFor();
    expect('public', await out(), [200, true]);
    await page.getByRole('button', { name: `Withdraw ${what}` }).click(); await axe(page); await page.locator('dialog[open] footer .danger').click(); await page.getByRole('button', { name: `Publish ${what}` }).waitFor();
    expect('gone', (await out())[0], 404);
  }
});
const built = () => [['home', '/readiness'], ['assessment', path], ['compare', `${path}?view=compare`], ['assessors', `${path}?view=assessors`], ['roadmap', `${path}/roadmap`], ['evidence', '/evidence'], ['register', '/registers/states'], ['frameworks', '/frameworks'], ['framework', '/frameworks/sim3'], ['known-good', '/known-good'], ['situation', '/situation'], ['documents', '/documents'], ['document', '/documents/escalation'],
  ['evaluations', `/evaluations?assessment=${path.split('/').pop()}`], ['reviews', '/reviews'], ['reachability', '/reachability'], ['staffing', '/staffing'], ['reports', '/official-reports'], ['sources', '/sources'], ['feed-try', '/feeds/try']];
await step('pages of Build and Account in English: whole, no key of a message, nothing scrolls sideways', async () => {
  for (const [n, p] of built()) {
    await go(p); await picture(page, `en-${n}`); await axe(page);
    expect(`${n}: trouble`, await page.locator('.problem').allInnerTexts(), []);
    expect(`${n} fits`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    expect(`${n}: raw keys`, ((await page.evaluate(() => document.querySelector('main').innerText)).match(/\b[a-zA-Z]+(\.[a-zA-Z_-]+)+\b/g) ?? []).filter((word) => word in messages), []);
  }
});
await step('how fast an X.1060 and a SIM3 assessment open and keep an answer', async () => {
  const times = {};
  for (const framework of ['x1060', 'sim3']) {
    const { id, framework: name } = (await call(page, 'POST', '/api/v1/assessments', { framework, title: `Speed ${framework}` })).body;
    const items = (await call(page, 'GET', `/api/v1/frameworks/${name}`)).body.items;
    for (const item of items) expect('answered', (await call(page, 'PUT', `/api/v1/assessments/${id}/answers/${item.id}`, { value: 1, wanted: 3, version: 0, justification: 'Written down in the handbook, chapter four.' })).status, 200);
    const opens = [];
    const saves = [];
    await go('/readiness');
    for (let n = 0; n < 12; n++) {
      // Inside the console, as a person goes there: from the click to the frame that fills the screen, and to the one with the last row.
      opens.push(await page.evaluate(async ([id, last]) => {
        const start = performance.now();
        document.querySelector(`a[href="/readiness/${id}"]`).click();
        const channel = new MessageChannel();
        const painted = () => new Promise((done) => { channel.port1.onmessage = done; requestAnimationFrame(() => channel.port2.postMessage(0)); });
        while (!document.querySelector('tr[id^=item-] select')) await new Promise((done) => setTimeout(done));
        await painted();
        const screen = performance.now() - start;
        while (!document.getElementById(`item-${last}`)) await painted();
        return [screen, performance.now() - start];
      }, [id, items.at(-1).id]));
      await settled(page);
      // From the choice to the server's answer shown in the row.
      saves.push(await page.evaluate(async ([item, value]) => {
        const select = document.getElementById(`item-${item}`).querySelector('td:nth-last-child(3) select');
        const start = performance.now();
        select.value = value; select.dispatchEvent(new Event('change', { bubbles: true }));
        do await new Promise((done) => requestAnimationFrame(done)); while (select.disabled);
        return performance.now() - start;
      }, [items[n].id, String(2 + (n % 2))]));
      await page.waitForTimeout(600);
      await page.evaluate(() => document.querySelector('.page-head a[href="/readiness"]').click()); await page.waitForSelector(`a[href="/readiness/${id}"]`); await settled(page);
    }
    const median = (list) => Math.round(list.sort((a, b) => a - b)[Math.floor(list.length / 2)]);
    times[framework] = { first: Math.round(opens[0][0]), screen: median(opens.slice(1).map((o) => o[0])), whole: median(opens.slice(1).map((o) => o[1])), save: median(saves.slice(1)) };
    await call(page, 'DELETE', `/api/v1/assessments/${id}`);
  }
  console.log(`      ms: ${JSON.stringify(times)}`);
});
await step('360 pixels: no page of Build scrolls sideways', async () => {
  const small = await person(browser, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await signIn(small.page);
  for (const language of ['en', 'fr', 'ru']) { // French and Russian words are the longest
    await call(small.page, 'PATCH', '/api/v1/me', { language });
    for (const [n, p] of built()) {
      await small.page.goto(base + p); await settled(small.page);
      expect(`${n} fits in ${language}`, await small.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      const beyond = () => [...document.querySelectorAll('main h2, main h2 *')].filter((one) => { const at = one.getBoundingClientRect(); return at.width > 0 && (at.right > innerWidth || at.left < 0 || (at.width < 24 && at.height > 60)); }).map((one) => one.textContent.trim());
      expect(`${n}: headings stand whole in ${language}`, await small.page.evaluate(beyond), []);
      await picture(small.page, `360-${language}-${n}`); if (language === 'en') await axe(small.page);
    }
  }
  await call(small.page, 'PATCH', '/api/v1/me', { language: 'en' });
  quiet(small.trouble); await small.context.close();
});
await step('arabic and dark', async () => {
  await call(page, 'PATCH', '/api/v1/me', { language: 'ar', theme: 'dark' }); await page.evaluate(() => localStorage.clear());
  for (const [n, p] of [...built(), ['register-need', '/registers/states?sort=need&picture=contradicting']]) { await go(p); await page.waitForTimeout(200); await picture(page, `ar-${n}`); await axe(page); expect(`${n} fits`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)); }
});
await step('chinese', async () => {
  await call(page, 'PATCH', '/api/v1/me', { language: 'zh', theme: 'light' }); await page.evaluate(() => localStorage.clear());
  for (const [n, p] of built().filter(([n]) => ['assessment', 'evidence', 'register', 'situation'].includes(n))) { await go(p); await picture(page, `zh-${n}`); }
  await call(page, 'PATCH', '/api/v1/me', { language: 'en', theme: 'light' });
});
await step('nothing was refused by the policy, nothing asked of another host', async () => quiet(trouble.filter((one) => !one.includes('ERR_INTERNET_DISCONNECTED'))));
await browser.close();
finish();
