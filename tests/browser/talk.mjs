// A patient and the clinic write to each other, with both pages open: each follows the other, and nobody loses what they are at.
import vm from 'node:vm';

import { DESKTOP, PHONE, accessible, atAllWidths, check, fits, journey, open, patientSession, picture, run, same, session } from './browser.mjs';

/** Runs the service worker as it is served, shows it a message, taps what it shows, and gives what opens. */
async function tappedOpens({ page }, kind) {
  const worker = await (await page.request.get('/sw.js')).text();
  const heard = {};
  let opened;
  const self = {
    addEventListener: (name, then) => { heard[name] = then; },
    clients: { matchAll: async () => [], openWindow: async (address) => { opened = address; } },
    registration: { showNotification: async (title, options) => { self.shown = { ...options, close() {} }; } },
  };
  vm.runInNewContext(worker, { self, caches: {}, indexedDB: {}, URL, Date, JSON, fetch: async () => ({ ok: true }) });
  const hear = (name, event) => { let done; heard[name]({ ...event, waitUntil: (work) => { done = work; } }); return done; };
  await hear('push', { data: { json: () => ({ v: '1', kind, id: 'one', tag: 'one', title: 'A title', body: 'A body', lang: 'en' }) } });
  await hear('notificationclick', { notification: self.shown });
  return opened;
}

/** The row of the patient of the link, wherever it is. */
const rowOf = (page, name) => page.locator('#messages .row', { hasText: name });

/** What one is at while the list changes: an open row, half a reason, the focus. */
async function beginToType({ page }) {
  await page.goto('/worklist');
  await page.getByText('Updates by itself.').waitFor();
  const row = page.locator('#housekeeping .row, #safety .row').last();
  await row.locator('summary').click();
  const field = row.getByLabel(/why/i);
  await field.fill('Half a rea');
  await page.evaluate(() => { window.stayed = true; });
  return field;
}

async function patientWrites({ page, faults }) {
  await page.goto('/today');
  // The patient of the link reads German.
  await page.getByRole('link', { name: 'Nachrichten', exact: true }).click();
  await page.waitForURL('**/messages');
  check(/nicht für notfälle/i.test(await page.locator('main').innerText()), 'the page does not say that it is not for emergencies');
  await page.getByRole('button', { name: 'Senden' }).click();
  check(await page.getByRole('alert').isVisible(), 'an empty message is not refused');
  // The refusal itself is an answer with an error status, which Chromium notes on the console.
  faults.length = 0;
  await page.getByLabel('Ihre Nachricht').fill('Synthetic question <b>one</b>\nand a second line');
  await page.getByRole('button', { name: 'Senden' }).click();
  await page.waitForURL('**done=sent*');
  check(/noch nicht gelesen/.test(await page.locator('#thread').innerText()), 'the patient does not see whether it was read');
}

async function listChangesByItself({ page }, field, name) {
  await rowOf(page, name).waitFor({ timeout: 15000 });
  check(await page.evaluate(() => window.stayed === true), 'the page was loaded again');
  same(await field.inputValue(), 'Half a rea', 'what was typed');
  check(await field.evaluate((one) => one === document.activeElement), 'the focus was lost');
  check(/changed/.test(await page.locator('#live-status').textContent()), 'nothing was announced');
  check(/Wrote .* and waits/.test(await rowOf(page, name).innerText()), 'the row does not say since when');
  await picture(page, 'worklist-with-a-message');
}

async function clinicianAnswers(clinician, name) {
  const thread = await clinician.context.newPage();
  await thread.goto('/worklist');
  await rowOf(thread, name).getByRole('link', { name: /Read and answer/ }).click();
  await thread.waitForURL('**/messages');
  check(await thread.locator('#thread b').count() === 0, 'what was typed is taken for markup');
  await atAllWidths(thread, 'messages');
  await thread.getByLabel('Message to the patient').fill('Synthetic answer');
  await thread.getByRole('button', { name: 'Send' }).click();
  await thread.waitForURL('**done=sent*');
  await rowOf(clinician.page, name).waitFor({ state: 'detached', timeout: 15000 });
  return thread;
}

/** The phone shows the answer by itself, beside what is half written; the clinician's thread shows that it was read. */
async function phoneFollows({ page }, thread) {
  const field = page.getByLabel('Ihre Nachricht');
  await field.fill('Half a sentence');
  await page.locator('#thread', { hasText: 'Synthetic answer' }).waitFor({ timeout: 20000 });
  same(await field.inputValue(), 'Half a sentence', 'what was typed');
  await field.fill('');
  await thread.locator('#thread .own').last().filter({ hasText: '· read' }).waitFor({ timeout: 15000 });
  await atAllWidths(page, 'my-messages');
  await page.setViewportSize(PHONE);
  await fits(page);
}

/** Sent by htmx, answered by the same route; pressed on a page somebody else was faster on, the list comes back with a sentence. */
async function staleRow({ page, faults }) {
  await page.goto('/worklist');
  const row = page.locator('#housekeeping .row').first();
  const id = await row.getAttribute('id');
  await page.evaluate(() => { window.stayed = true; });
  // As if the page had not heard of it: the same row, once more.
  const form = row.locator('form').first();
  const action = await form.getAttribute('action');
  const status = await page.evaluate(async (address) => {
    const body = new URLSearchParams({ section: 'rest', kind: 'reviewed' });
    return (await fetch(address, { method: 'POST', body })).status;
  }, action);
  same(status, 409, 'the status of a row that is no longer there');
  await form.locator('input[name=section]').evaluate((field) => { field.value = 'safety'; });
  await form.getByRole('button').press('Enter');
  await page.getByText('somebody saw to that row meanwhile').waitFor();
  check(await page.evaluate(() => window.stayed === true), 'the page was loaded again');
  check(await page.locator(`#${id}`).count() === 1, 'the list is not there');
  check(await page.evaluate(() => document.activeElement.classList.contains('notice')), 'the keyboard starts again from the top');
  await accessible(page);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  check(!kept.includes('Test Patient') && !kept.includes('pat_'), `pages are kept in the browser: ${kept.slice(0, 200)}`);
  // A refusal is an answer with an error status, which Chromium notes on the console.
  for (const fault of [...faults]) if (fault.includes('409')) faults.splice(faults.indexOf(fault), 1);
}

async function praise({ page }) {
  await page.goto('/worklist');
  const good = page.locator('#good');
  if (await good.locator('.row').count() === 0) { console.log('   nobody has good news'); return; }
  await good.locator(':scope > details > summary').click();
  const before = await good.locator('.row').count();
  await good.locator('.row').first().getByRole('button', { name: /Send praise/ }).click();
  await page.waitForURL('**done=praised*');
  check(await page.getByRole('status').innerText() !== '', 'nothing says what was sent');
  same(await good.locator('.row').count(), before - 1, 'rows of good news after praise');
}

async function trail({ page }) {
  await page.goto('/patients');
  await page.getByRole('link', { name: 'Test Patient 01' }).first().click();
  await page.getByRole('link', { name: 'Audit', exact: true }).last().click();
  await page.waitForURL('**/audit');
  const text = await page.locator('main').innerText();
  for (const word of ['sent a message', 'connected a device', 'Europe/Berlin']) check(text.includes(word), `the trail lacks ${word}`);
  await atAllWidths(page, 'audit');
  await page.getByLabel('What').selectOption('message');
  await page.getByRole('button', { name: 'Show' }).click();
  check(!(await page.locator('ol.line').first().innerText()).includes('connected a device'), 'the filter changes nothing');
  await page.goto('/audit');
  await atAllWidths(page, 'audit-clinic');
}

/** Without scripts: a link refreshes, and every form works. */
async function plain(browser) {
  const clinician = await open(browser, DESKTOP, { storageState: session, javaScriptEnabled: false });
  const { page } = clinician;
  await page.goto('/worklist');
  await page.getByRole('link', { name: 'Refresh' }).click();
  await page.locator('.row').first().waitFor();
  await rowOf(page, 'Test Patient 15').getByRole('link', { name: /Read and answer/ }).click();
  await page.getByRole('button', { name: 'No answer needed' }).click();
  await page.waitForURL('**done=settled');
  await page.goto('/worklist');
  same(await rowOf(page, 'Test Patient 15').count(), 0, 'rows of one who needs no answer');
  return clinician;
}

await run(async (browser) => {
  const clinician = await open(browser, DESKTOP, { storageState: session });
  const phone = await open(browser, PHONE, { storageState: patientSession });
  await journey('both sides write, and each page follows', async () => {
    const field = await beginToType(clinician);
    await patientWrites(phone);
    await listChangesByItself(clinician, field, 'Test Patient 01');
    const thread = await clinicianAnswers(clinician, 'Test Patient 01');
    await phoneFollows(phone, thread);
    same(await tappedOpens(phone, 'message'), '/messages', 'the page behind a reminder of a message');
    same(await tappedOpens(phone, 'prompt'), '/today', 'the page behind a reminder');
    await thread.close();
    return [clinician, phone];
  });
  await journey('a row somebody else saw to', async () => { await staleRow(clinician); return clinician; });
  await journey('praise', async () => { await praise(clinician); return clinician; });
  await journey('the trail', async () => { await trail(clinician); return clinician; });
  await journey('messages without scripts', async () => plain(browser));
});
