// Walks the readiness pages as run.mjs walks the others: node tests/e2e/readiness.mjs, with the same variables.
import { axe, base, call, expect, expectSoon, finish, open, person, picture, quiet, settled, signIn, step } from './harness.mjs';
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
await step('arabic', async () => {
  await call(page, 'PATCH', '/api/v1/me', { language: 'ar', theme: 'dark' }); await page.evaluate(() => localStorage.clear());
  for (const [n, p] of [['ar-home', '/readiness'], ['ar-assessment', path], ['ar-roadmap', `${path}/roadmap`], ['ar-register', '/registers/states']]) { await go(p); await page.waitForTimeout(300); await picture(page, n); await axe(page); }
});
console.log(trouble.slice(0, 8));
finish();
