// A patient's day on the phone: installed, without a connection, and with the keyboard alone.
import {
  PHONE, accessible, atAllWidths, check, fits, journey, named, open, origin, patientSession, picture, run, same, session,
} from './browser.mjs';

/** A zone in which it is about noon now, so that what is due around now is due today. */
function noonZone(now) {
  const east = 12 - now.getUTCHours();
  return east === 0 ? 'UTC' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}

/** A patient with three lines of plan that can be answered now, and the link of a device for each call. */
async function newPatient(clinician, name, locale) {
  const call = async (method, path, data) => {
    const answer = await clinician.context.request.fetch(path, { method, data, headers: { 'Sec-Fetch-Site': 'same-origin' } });
    check(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const now = new Date();
  const zone = noonZone(now);
  const patient = await call('POST', '/v1/patients', { name, time_zone: zone, locale });
  const clock = (minutes) => new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone })
    .format(new Date(now.getTime() + minutes * 60_000));
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(now);
  const item = (exercise, dose, minutes) => ({
    exercise, dose, recurrence: { kind: 'daily' }, windows: [{ at: clock(minutes), opens_before_min: 60, closes_after_min: 240 }], starts_on: today,
  });
  await call('PUT', `/v1/patients/${patient.id}/plan`, {
    base_version: 0, note: 'First plan', items: [
      item('calf-wall-stretch', { sets: 3, hold_s: 30, each_side: true }, 5),
      item('bridge', { sets: 2, reps: 10 }, 6),
      item('walk', { sets: 1, minutes: 20 }, 7),
    ],
  });
  const device = async () => `${origin}/enrol#${(await call('POST', `/v1/patients/${patient.id}/enrolment-codes`)).code}`;
  return { id: patient.id, device, call };
}

async function enrol(page, link) {
  await page.goto(link);
  await page.getByRole('button', { name: 'Connect this device' }).click();
  await page.waitForURL('**/today');
}

/** The worker holds the page and has kept the day. */
async function ready(page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    for (let turn = 0; turn < 100; turn += 1) {
      if (navigator.serviceWorker.controller && (await caches.match('/today', { cacheName: 'footing-day' }))) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the day was not kept');
  });
}

const queued = (page) => page.evaluate(async () => (await self.footingQueue.all()).map((one) => `${one.item.kind} ${one.disposition ?? 'waits'}`));

const card = (page, title) => page.locator('article.prompt', { hasText: title });

/** One tap more says how much it hurt; asked once, of what was done. */
async function tellsOfPain({ page }) {
  await page.goto('/today');
  const done = card(page, 'Calf stretch');
  await done.getByText('How much did it hurt?').click();
  await atAllWidths(page, 'phone-pain-after');
  await done.getByRole('button', { name: '3', exact: true }).click();
  await page.waitForURL('**note=pain_noted');
  await card(page, 'Calf stretch').getByText('Pain during or after it: 3 of 10.').waitFor();
  same(await card(page, 'Calf stretch').getByText('How much did it hurt?').count(), 0, 'questions about pain that was told');
}

async function isInstallable({ page, context }) {
  const href = await page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = await (await context.request.get(href)).json();
  same(manifest.start_url, '/today', 'where the app begins');
  same(manifest.display, 'standalone', 'how it is shown');
  for (const icon of manifest.icons) {
    const answer = await context.request.get(icon.src);
    check(answer.ok() && answer.headers()['content-type'] === icon.type, `${icon.src} is not ${icon.type}`);
  }
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  same(JSON.stringify(installabilityErrors.filter((one) => one.errorId !== 'in-incognito')), '[]', 'what keeps Chromium from installing it');
}

/** Three taps, one of them taken back, with the radio off; a reload in between; then the radio comes back. */
async function withoutAConnection(phone, patient) {
  const { page, context } = phone;
  await ready(page);
  await context.setOffline(true);
  await card(page, 'Calf stretch').getByRole('button', { name: /^Done/ }).click();
  await card(page, 'Calf stretch').getByText(/^Done\. Noted here at \d\d:\d\d, not sent yet\.$/).waitFor();
  await card(page, 'Bridge').getByRole('button', { name: /^Done/ }).click();
  await card(page, 'Bridge').getByRole('button', { name: /^Undo/ }).click();
  await card(page, 'Bridge').getByText(/^Taken back\. Noted here/).waitFor();
  check(await card(page, 'Bridge').getByRole('button', { name: /^Done/ }).isVisible(), 'what was taken back cannot be answered again');
  await picture(page, 'phone-off-line-taps');

  await page.reload();
  check(await page.getByText('No connection', { exact: true }).isVisible(), 'a kept day does not say that it is one');
  check(await page.getByText(/This is what was known on/).isVisible(), 'a kept day does not say when it is of');
  check(!(await page.getByText(/^As of/).isVisible()), 'a kept day looks fresh');
  await card(page, 'Calf stretch').getByText(/Noted here at/).waitFor();
  await card(page, 'Walk').getByText('Part of it', { exact: true }).click();
  await card(page, 'Walk').getByLabel(/How many minutes/).fill('12,5');
  await card(page, 'Walk').getByRole('button', { name: 'Note this part' }).click();
  await card(page, 'Walk').getByText(/^Part of it: 12.5 minutes\. Noted here/).waitFor();
  await fits(page);
  await named(page);
  await accessible(page);
  await picture(page, 'phone-off-line-reloaded');
  same((await queued(page)).join(', '), 'done waits, done waits, undo waits, partial waits', 'what waits');
  // Another page of the patient's says that it needs a connection; nobody's data is on it.
  await page.goto('/progress');
  check(await page.getByText('This page needs a connection. Nothing was sent.').isVisible(), 'a page that is not kept says nothing');
  await page.goto('/today');

  const before = (await patient.call('GET', `/v1/patients/${patient.id}/occurrences`)).occurrences;
  same(before.filter((one) => one.answered_at).length, 0, 'answers at the clinic before there is a connection');
  await context.setOffline(false);
  await page.getByText('Your answers arrived').waitFor();
  await picture(page, 'phone-on-line-again');
  const told = await page.locator('[data-told] li').allInnerTexts();
  same(told.length, 4, 'answers told of');
  check(told.filter((line) => line.endsWith('Noted, thank you.')).length === 3, `told: ${told.join(' | ')}`);
  check(told.some((line) => line.startsWith('Bridge') && line.endsWith('Your answer was taken back.')), `told: ${told.join(' | ')}`);
  same((await queued(page)).length, 0, 'what waits after it was sent');
  check(await page.getByText(/^As of/).isVisible(), 'the day is not fresh again');
}

/** Everything arrived once, with the time of the tap; sending it again would change nothing. */
async function theClinicSeesItOnce(patient) {
  const { occurrences } = await patient.call('GET', `/v1/patients/${patient.id}/occurrences`);
  const phases = occurrences.map((one) => `${one.exercise} ${one.phase} ${one.done_fraction ?? ''}`.trim()).sort();
  same(phases.join(', '), 'bridge open, calf-wall-stretch done 1, walk partial 0.625', 'what the clinic sees');
  const bridge = occurrences.find((one) => one.exercise === 'bridge');
  const why = await patient.call('GET', `/v1/patients/${patient.id}/occurrences/${bridge.id}/explain`);
  same(why.answers.map((one) => one.kind).join(', '), 'done, undo', 'what the patient said of one line');
}

/** What became of each answer is told in words, also of one that was sent twice. */
async function whatBecameOfIt(phone) {
  const { page, context } = phone;
  await page.goto('/today');
  check(await page.getByText('Your answers arrived').count() === 0, 'what was told once is told again');
  await ready(page);
  await context.setOffline(true);
  await card(page, 'Bridge').getByRole('button', { name: /^Done/ }).click();
  await card(page, 'Bridge').getByText(/not sent yet/).waitFor();
  // The same tap once more, as if its answer had been lost on the way: the first counts.
  await page.evaluate(async () => {
    const [{ n, ...one }] = await self.footingQueue.all();
    await self.footingQueue.add(one);
  });
  await context.setOffline(false);
  await page.getByText('Your answers arrived').waitFor();
  const told = await page.locator('[data-told] li').allInnerTexts();
  same(told.map((line) => line.split(': ')[1]).join(' '), 'Noted, thank you. That was noted already.', 'told');
}

/** Another patient in the same browser, and a clinician: nothing of the first is left. */
async function nobodyElseSeesIt(phone, second) {
  const { page, context } = phone;
  const waiting = {
    item: { id: `ans_${'1'.repeat(32)}`, occurrence_id: await page.locator('[data-card]').first().getAttribute('data-card'), kind: 'undo', answered_at: new Date().toISOString() },
    device: await page.locator('[data-day]').getAttribute('data-day'), title: 'Calf stretch', due: '12:00', unit: '', said: '',
  };
  await page.evaluate((one) => self.footingQueue.add(one), waiting);
  await enrol(page, await second.device());
  await ready(page);
  same((await queued(page)).length, 0, 'answers of the first in the browser of the second');
  // And should one be there all the same, it is neither sent nor kept.
  await page.evaluate((one) => self.footingQueue.add(one), waiting);
  same(await page.evaluate(() => self.footingQueue.send()), 'nothing', 'what is sent of the first');
  same((await queued(page)).length, 0, 'answers of the first, after the second sent');
  await context.setOffline(true);
  await page.reload();
  check(await page.getByText('Keine Verbindung', { exact: true }).isVisible(), 'the second has no kept day');
  same(await page.evaluate(() => document.documentElement.lang), 'de', 'the language of the page');
  await picture(page, 'phone-off-line-german');
  await context.setOffline(false);
  await page.goto('/today');
}

async function clinicsPagesAreNeverKept(browser) {
  const one = await open(browser, PHONE, { storageState: session });
  await one.page.goto('/worklist');
  const state = await one.page.evaluate(async () => {
    await navigator.serviceWorker.register('/sw.js');
    await navigator.serviceWorker.ready;
    await fetch('/patients');
    const kept = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) kept.push(new URL(request.url).pathname);
    }
    return kept;
  });
  const odd = state.filter((path) => !path.startsWith('/static/') && path !== '/off-line');
  same(odd.join(', '), '', 'pages kept in a clinician\'s browser');
  await one.context.setOffline(true);
  const gone = await one.page.goto('/worklist').then(() => 'shown', () => 'not shown');
  same(gone, 'not shown', 'the worklist without a connection');
  await one.context.setOffline(false);
  one.faults.length = 0;
  return one;
}

/** Half a minute: what hurts, and a yes that shows at once what to do. With the keyboard alone. */
async function checksIn({ page }) {
  await page.goto('/check-in');
  await atAllWidths(page, 'phone-check-in');
  const rate = async (question, steps) => {
    await page.getByRole('group', { name: question }).getByRole('radio', { name: '0', exact: true }).focus();
    await page.keyboard.press('Space');
    for (let step = 0; step < steps; step += 1) await page.keyboard.press('ArrowRight');
  };
  await rate(/How strong is your back pain/, 4);
  await rate(/How tired are your feet/, 3);
  await page.getByRole('group', { name: /Have you a fever/ }).getByRole('radio', { name: 'Yes' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Send' }).press('Enter');
  await page.waitForURL('**/check-in?sent=chk_*');
  const advice = page.getByRole('alert').first();
  check(/Please contact your clinic or a specialist today/.test(await advice.innerText()), 'a red flag says nothing');
  const box = await advice.boundingBox();
  check(box.y + box.height <= PHONE.height, 'what to do is not on the first screen');
  await atAllWidths(page, 'phone-check-in-urgent');
}

async function looksBack({ page }, patient) {
  await page.goto('/progress');
  check(/Your last four weeks/.test(await page.locator('h1').innerText()), 'there is no progress');
  same(await page.locator('.month td:not(.month-out)').count(), 28, 'days shown');
  await atAllWidths(page, 'phone-progress');
  await page.goto('/today');
  await page.getByRole('link', { name: /^Why\?/ }).first().click();
  await page.waitForURL('**/today/why/occ_*');
  await atAllWidths(page, 'phone-why');
  check(/in version 1 of your plan/.test(await page.locator('main').innerText()), `nothing says why for ${patient.id}`);
}

/** Settings: refused with what was typed, saved, downloaded; and the device is let go. */
async function chooses({ page, context }) {
  await page.goto('/me');
  await atAllWidths(page, 'phone-me');
  await page.getByLabel('Friday, from').fill('22:00');
  await page.getByRole('button', { name: /Save ?: Reminders/ }).click();
  await page.getByText('Friday: give both times, from and to.').first().waitFor();
  await atAllWidths(page, 'phone-me-error');
  await page.getByLabel('to (Friday)').fill('07:00');
  await page.getByRole('button', { name: /Save ?: Reminders/ }).click();
  await page.waitForURL('**/me?saved=true');
  const file = await (await context.request.get('/me/export')).json();
  same(file.tables.patients.length, 1, 'patients in the download');
  await page.getByRole('button', { name: 'Disconnect this device' }).click();
  await page.waitForURL('**/enrol');
  const left = await page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('footing-day')));
  same(left.length, 0, 'days kept after the device was let go');
  const refused = await page.goto('/today');
  same(refused.status(), 401, 'the day of a device that was let go');
}

/** The pages of a patient who reads German, with weeks and walks behind them. */
async function inGerman(browser) {
  const german = await open(browser, PHONE, { storageState: patientSession });
  await german.page.goto('/today');
  same(await german.page.locator('html').getAttribute('lang'), 'de', 'the language of the page');
  await german.page.goto('/progress');
  const text = await german.page.locator('main').innerText();
  check(/Messfehler/.test(text) && /keine Ursache/.test(text), 'the walk has no error in words');
  await atAllWidths(german.page, 'phone-progress-german');
  await german.page.goto('/check-in');
  await picture(german.page, 'phone-check-in-german');
  await german.page.goto('/me');
  await picture(german.page, 'phone-me-german');
  return german;
}

/** At 200 % nothing is cut off, and the keyboard alone answers. */
async function keyboardAt200(browser, patient) {
  const phone = await open(browser, PHONE);
  const { page } = phone;
  await enrol(page, await patient.device());
  // Text at twice its size, as a phone's settings make it.
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  await fits(page);
  await picture(page, 'phone-200-percent');
  const done = page.getByRole('button', { name: /^Done.*Bridge/ });
  await page.keyboard.press('Tab');
  for (let turn = 0; turn < 60; turn += 1) {
    if (await done.evaluate((button) => button === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByText('Your answers arrived').waitFor();
  await page.setViewportSize(PHONE);
  await checksIn(phone);
  await looksBack(phone, patient);
  await chooses(phone);
  // What was refused on purpose is noted on the console.
  phone.faults = phone.faults.filter((fault) => !/status of 40[01]/.test(fault));
  return phone;
}

await run(async (browser) => {
  const clinician = await open(browser, PHONE, { storageState: session });
  const patient = await newPatient(clinician, 'Test Patient 91', 'en');
  const german = await newPatient(clinician, 'Test Patient 92', 'de');
  const third = await newPatient(clinician, 'Test Patient 93', 'en');
  const phone = await open(browser, PHONE);
  // What fails because the radio is off is not a fault of the page.
  const forgive = (one) => { one.faults.splice(0, one.faults.length, ...one.faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(fault))); return one; };
  await journey('a patient installs the app', async () => {
    await enrol(phone.page, await patient.device());
    await ready(phone.page);
    await isInstallable(phone);
    await atAllWidths(phone.page, 'phone-today');
    return phone;
  });
  await journey('a day without a connection', async () => { await withoutAConnection(phone, patient); return forgive(phone); });
  await journey('the clinic sees it once', async () => { await theClinicSeesItOnce(patient); return clinician; });
  await journey('pain after an exercise, by one tap', async () => { await tellsOfPain(phone); return phone; });
  await journey('what became of an answer is told', async () => { await whatBecameOfIt(phone); return forgive(phone); });
  await journey('nobody else sees it', async () => { await nobodyElseSeesIt(phone, german); return forgive(phone); });
  await journey('pages of the clinic are never kept', () => clinicsPagesAreNeverKept(browser));
  await journey('a patient who reads German', () => inGerman(browser));
  await journey('the keyboard is enough, also at 200 %', () => keyboardAt200(browser, third));
});
