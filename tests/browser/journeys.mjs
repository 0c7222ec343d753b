// A first day with Footing, for a clinician, a patient and a stranger.
import {
  DESKTOP, PHONE, accessible, atAllWidths, check, clinicianLink, fits, journey, named, open, patientLink, patientSession, picture, run,
  same, session,
} from './browser.mjs';

async function signIn(browser) {
  const session = await open(browser, DESKTOP);
  await session.page.goto(clinicianLink);
  await picture(session.page, 'clinician-link');
  check(!session.page.url().includes('#'), 'the code stays in the address bar');
  await session.page.getByRole('button', { name: 'Sign in' }).click();
  await session.page.waitForURL('**/worklist');
  return session;
}

/** Everybody is counted once, each row says why and what next, and what was seen to leaves the list. */
async function monday({ page }) {
  const counts = await page.locator('.jump strong').allInnerTexts();
  same(counts.map(Number).reduce((sum, one) => sum + one, 0), 16, 'patients over all sections');
  // The demonstration shows what each section is for.
  check(counts.every((count) => Number(count) > 0), `a section is empty: ${counts.join(', ')}`);
  const rows = page.locator('.work .row');
  for (const row of await rows.all()) {
    check((await row.locator('.why').textContent()).trim() !== '', 'a row says no reason');
  }
  const names = await page.locator('.work .row h3').allTextContents();
  same(new Set(names).size, names.length, 'nobody is there twice');
  const safety = page.locator('#safety');
  check(await safety.locator('.row').count() >= 2, 'the red flag and the pain spike are not under safety');
  for (const section of ['stopped', 'silent', 'housekeeping']) {
    check(await page.locator(`#${section} .row`).count() > 0, `nobody is under ${section}`);
  }
  await atAllWidths(page, 'worklist');
  await seenTo(page);
  await page.getByRole('link', { name: 'Patients', exact: true }).click();
  await page.waitForURL('**/patients');
}

/** With the keyboard alone: one is reviewed, one is put off; a reason that is missing is asked for. */
async function seenTo(page) {
  const before = await page.locator('#silent .row').count();
  // One who is there for one reason only: another would be shown for the next.
  await page.locator('#silent .row', { hasNotText: 'further reason' }).first().getByRole('button', { name: /^Reviewed/ }).press('Enter');
  await page.waitForURL('**/worklist?done=reviewed');
  check(await page.getByRole('status').innerText() !== '', 'nothing says that it was noted');
  same(await page.locator('#silent .row').count(), before - 1, 'silent patients, after one was reviewed');
  check(/Seen to: 1/.test(await page.locator('#silent').innerText()), 'the one seen to is not counted');
  const first = page.locator('#safety .row').first();
  await first.locator('summary').press('Enter');
  await first.getByRole('button', { name: 'Put off' }).press('Enter');
  check(await first.locator('input:invalid').count() === 1, 'a reason is not asked for');
  await first.getByLabel(/why/i).fill('In theatre until ten');
  await picture(page, 'worklist-put-off');
  await first.getByRole('button', { name: 'Put off' }).press('Enter');
  await page.waitForURL('**/worklist?done=snoozed');
}

async function listShowsEveryone({ page }) {
  same(await page.locator('table tbody tr').count(), 16, 'patients in the list');
  const text = await page.locator('main').innerText();
  check(/paused/i.test(text), 'nobody is shown as paused');
  check(/push lost/i.test(text), 'nobody is shown as unreachable');
  await atAllWidths(page, 'patients');
  await page.setViewportSize(PHONE);
  const hidden = await page.locator('.scroll').evaluate((list) => list.scrollWidth - list.clientWidth);
  check(hidden <= 0, `${hidden} px of the list are beyond the edge of a phone`);
  await page.setViewportSize(DESKTOP);
}

async function patientPageShowsTheMonth({ page }) {
  await page.getByRole('link', { name: 'Test Patient 04' }).first().click();
  await page.waitForURL('**/patients/pat_*');
  check(await page.locator('svg').count() > 0, 'no trend is drawn');
  const text = await page.locator('main').innerText();
  for (const word of ['±', 'of', 'America/New_York']) check(text.includes(word), `the patient page lacks ${word}`);
  check(/reference/i.test(text), 'the trend has no reference');
  check(/What is open/.test(text) && /may get harder by its rule/.test(text), 'the patient page does not say what is open');
  await atAllWidths(page, 'patient');
  await whyAMarkIsThere(page);
}

/** A mark of the grid leads to everything that happened to it, and back. */
async function whyAMarkIsThere(page) {
  const reminded = await aMarkWithAReminder(page);
  const text = await page.locator('main').innerText();
  for (const word of ['Planned, from version', 'America/New_York']) check(text.includes(word), `the page of an occurrence lacks ${word}`);
  check(reminded, 'none of the first marks tells of a reminder');
  await atAllWidths(page, 'occurrence');
  await page.goBack();
}

/** Opens the first mark whose page tells of a reminder: what was done before its time has none. */
async function aMarkWithAReminder(page) {
  for (let place = 0; place < 8; place += 1) {
    await page.locator('.days td a').nth(place).click();
    await page.waitForURL('**/occurrences/occ_*');
    if ((await page.locator('main').innerText()).includes('reminder')) return true;
    if (place < 7) {
      await page.goBack();
      await page.waitForURL('**/patients/pat_*');
    }
  }
  return false;
}

/** A zone in which it is about noon now, so that what is due in some minutes is due today. */
function noonZone(now) {
  const east = 12 - now.getUTCHours();
  return east === 0 ? 'UTC' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}

async function clinicianWritesAPlan({ page }) {
  const soon = new Date(Date.now() + 10 * 60 * 1000);
  const zone = noonZone(soon);
  await page.goto('/patients');
  const form = page.locator('form[action="/patients"]');
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
  await form.getByLabel('Name').fill('Test Patient 99');
  await form.locator('#time_zone').fill(zone);
  await form.getByRole('button', { name: 'Add' }).click();
  await page.waitForURL('**/patients/pat_*');
  await page.getByRole('link', { name: /plan/i }).first().click();
  await page.waitForURL('**/plan');
  // A mistake first: it must be named beside its field, and nothing typed may be lost.
  const [exercise, sets, at] = [page.locator('[name$="-exercise"]').first(), page.locator('[name$="-sets"]').first(), page.locator('[name$="-at"]').first()];
  await exercise.selectOption('calf-wall-stretch');
  await sets.fill('99');
  await page.locator('[name$="-hold_s"]').first().fill('30');
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(soon);
  await at.fill(time);
  await page.getByRole('button', { name: 'Publish' }).click();
  check(await page.getByText('must be between 1 and 20').isVisible(), 'the broken rule is not shown');
  same(await page.locator('[name$="-sets"]').first().inputValue(), '99', 'what was typed');
  await page.getByText('Reminders, wearing, and how long it is open').first().click();
  await atAllWidths(page, 'plan-error');
  await page.locator('[name$="-sets"]').first().fill('3');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.waitForURL('**/patients/pat_*');
  await page.getByRole('button', { name: 'Make a code' }).click();
  const link = (await page.locator('.secret').first().innerText()).trim();
  check(link.includes('/enrol#'), `no enrolment link: ${link}`);
  await page.getByRole('link', { name: 'Done' }).click();
  return { link, patientPage: page.url() };
}

async function patientAnswers(browser, link, options, name) {
  const phone = await open(browser, PHONE, options);
  const { page } = phone;
  await page.goto(link);
  if (options.javaScriptEnabled === false) await page.getByLabel('Code').fill(link.split('#')[1]);
  await page.getByRole('button', { name: 'Connect this device' }).click();
  await page.waitForURL('**/today');
  await fits(page);
  await named(page);
  if (options.javaScriptEnabled !== false) await accessible(page);
  await picture(page, `${name}-before`);
  return phone;
}

async function oneTap(browser, link, clinician, patientPage) {
  const phone = await patientAnswers(browser, link, {}, 'today');
  const done = phone.page.getByRole('button', { name: /^Done/ });
  const box = await done.first().boundingBox();
  check(box.height >= 44, `the button is ${box.height} px high`);
  await done.first().click();
  await phone.page.getByText(/that is all for today/i).waitFor();
  await phone.page.getByText('Noted, thank you.').waitFor();
  await picture(phone.page, 'today-after');
  await clinician.page.goto(patientPage);
  check(/1 of 1/.test(await clinician.page.locator('main').innerText()), 'the clinician does not see the answer');
  return phone;
}

async function withoutJavaScript(browser) {
  const phone = await patientAnswers(browser, patientLink, { javaScriptEnabled: false }, 'today-plain');
  const text = await phone.page.locator('main').innerText();
  // This patient reads German.
  check(/Gang mit den Einlagen/.test(text), 'the own walk is not told');
  same(await phone.page.locator('html').getAttribute('lang'), 'de', 'the language of the page');
  await phone.context.storageState({ path: patientSession });
  return phone;
}

async function nothingIsOpenToStrangers(browser) {
  const stranger = await open(browser, DESKTOP);
  const refused = await stranger.page.goto('/patients');
  same(refused.status(), 401, 'a stranger who asks for the list');
  check(!(await stranger.page.content()).includes('Test Patient'), 'a stranger sees a name');
  await atAllWidths(stranger.page, 'refused');
  await stranger.page.getByRole('link', { name: /sign in/i }).first().click();
  await stranger.page.waitForURL('**/sign-in');
  await atAllWidths(stranger.page, 'sign-in');
  await stranger.page.goto(patientLink);
  await stranger.page.getByRole('button', { name: 'Connect this device' }).click();
  check(await stranger.page.getByRole('alert').isVisible(), 'a used code is taken again');
  await atAllWidths(stranger.page, 'used-code');
  // The refusal itself is an answer with an error status, which Chromium notes on the console.
  stranger.faults.length = 0;
  return stranger;
}

async function keyboardOnly({ page }) {
  await page.goto('/patients');
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.textContent.trim());
  check(/skip/i.test(first), `the first stop of the keyboard is ${first}`);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  check(outline !== 'none', 'the focus cannot be seen');
}

await run(async (browser) => {
  let clinician;
  let made;
  await journey('a clinician signs in with a link', async () => { clinician = await signIn(browser); return clinician; });
  await journey('Monday morning', async () => { await monday(clinician); return clinician; });
  await journey('the list shows everyone', async () => { await listShowsEveryone(clinician); return clinician; });
  await journey('the patient page shows the month', async () => { await patientPageShowsTheMonth(clinician); return clinician; });
  await journey('a clinician writes a plan', async () => {
    made = await clinicianWritesAPlan(clinician);
    // Refused input is answered with 400, which Chromium notes on the console.
    clinician.faults = clinician.faults.filter((fault) => !fault.includes('400'));
    return clinician;
  });
  await journey('a patient answers with one tap', () => oneTap(browser, made.link, clinician, made.patientPage));
  await journey('a patient needs no JavaScript', () => withoutJavaScript(browser));
  await journey('nothing is open to strangers', () => nothingIsOpenToStrangers(browser));
  await journey('the keyboard is enough to begin', async () => { await keyboardOnly(clinician); return clinician; });
  await clinician.context.storageState({ path: session });
});
