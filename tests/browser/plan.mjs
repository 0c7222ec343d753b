// A plan from a finding to a prompt: a session shows something, a template is suggested, edited, seen day by day, signed,
// asked on a phone, answered, and measured again.
import {
  DESKTOP, PHONE, atAllWidths, check, fits, journey, open, picture, run, same, session,
} from './browser.mjs';

/** Posts JSON from a page with the session of that page. */
const post = (page, path, body) => page.evaluate(async ([path, body]) => {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}, [path, body]);

const get = (page, path) => page.evaluate(async (path) => (await fetch(path)).json(), path);

/** A patient who reads English and is asked things, to whom a finding suggests something. */
async function aFindingSuggests({ page }) {
  const list = await get(page, '/v1/patients?limit=100');
  const asked = list.patients.filter((one) => one.locale === 'en' && one.status === 'active' && !one.paused_for);
  for (const { id, name } of asked) {
    const { open } = await get(page, `/v1/patients/${id}/suggestions`);
    if (open.length > 0) return { id, name, suggestion: open[0] };
  }
  throw new Error('no finding suggests anything to anybody');
}

/** The suggestion says what it rests on; its lines are added to what there is, and edited. */
async function fillsTheEditor({ page }, found) {
  await page.goto(`/patients/${found.id}/plan`);
  const card = page.locator('.suggested').filter({ hasText: found.suggestion.template.name }).first();
  const text = await card.innerText();
  for (const word of ['±', 'confidence', 'How sure it is that it helps', 'Source']) check(text.includes(word), `the suggestion lacks ${word}`);
  await atAllWidths(page, 'plan-suggested');
  const before = Number(await page.locator('[name=rows]').inputValue());
  await card.getByRole('link', { name: /^Add its lines below/ }).click();
  await page.waitForURL('**/plan?suggestion=*');
  check(await page.getByRole('status').innerText().then((said) => /Nothing is published yet/.test(said)), 'nothing says that nothing is published');
  check(Number(await page.locator('[name=rows]').inputValue()) > before, 'no line was added');
}

/** A line due in some minutes, so that the phone is asked soon. */
async function edits({ page }, zone) {
  const local = (at, options) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(at);
  const [now, soon] = [new Date(), new Date(Date.now() + 20 * 60 * 1000)];
  // Shortly before midnight it is due at its end: what is due tomorrow is not asked today.
  const sameDay = local(now, { day: 'numeric' }) === local(soon, { day: 'numeric' });
  const time = sameDay ? local(soon, { hour: '2-digit', minute: '2-digit' }) : '23:59';
  const last = await page.locator('[name=rows]').inputValue().then(Number) - 1;
  await page.locator(`#r${last}-exercise`).selectOption('stand-tall');
  await page.locator(`#r${last}-t0-at`).fill(time);
  await page.getByLabel(/Note on this version/).fill('After the walk of this week');
  return time;
}

async function isSeenDayByDay({ page }, time) {
  await page.getByRole('button', { name: 'Preview 14 days' }).click();
  check(await page.getByText('Nothing is published yet.').isVisible(), 'the preview is not one');
  same(await page.locator('.preview-day').count(), 14, 'days of the preview');
  const today = page.locator('.preview-day').first();
  check((await today.innerText()).includes(time), 'what is due soon is not in the preview of today');
  check(await page.locator('.change-added').count() > 0, 'nothing is marked as new');
  await atAllWidths(page, 'plan-preview');
  // Back, and everything typed is there; forth again.
  await page.getByRole('button', { name: 'Back to editing' }).click();
  same(await page.getByLabel(/Note on this version/).inputValue(), 'After the walk of this week', 'the note after the preview');
  await page.getByRole('button', { name: 'Preview 14 days' }).click();
  await page.getByRole('button', { name: 'Publish this plan' }).click();
  await page.waitForURL('**/patients/pat_*');
}

async function isDecidedAndCompared({ page }, found) {
  const { open, decided } = await get(page, `/v1/patients/${found.id}/suggestions`);
  check(!open.some((one) => one.evidence.observation === found.suggestion.evidence.observation), 'it is suggested still');
  same(decided[0].decision, 'accepted', 'the decision');
  await page.goto(`/patients/${found.id}/plan/versions`);
  await atAllWidths(page, 'plan-versions');
  await page.getByRole('link', { name: /^Beside version/ }).first().click();
  await page.waitForURL('**/plan/versions/*/*');
  check((await page.locator('main').innerText()).includes('Stand tall'), 'the new line is not among the differences');
  await atAllWidths(page, 'plan-compare');
}

/** A device of the patient is connected, asked and answers. */
async function isAskedAndAnswered(browser, { page }, found) {
  await page.goto(`/patients/${found.id}`);
  await page.getByRole('button', { name: 'Make a code' }).click();
  const link = (await page.locator('.secret').first().innerText()).trim();
  const phone = await open(browser, PHONE);
  await phone.page.goto(link);
  await phone.page.getByRole('button', { name: 'Connect this device' }).click();
  await phone.page.waitForURL('**/today');
  await fits(phone.page);
  const card = phone.page.locator('main').getByText('Stand tall').first();
  check(await card.isVisible(), 'the phone is not asked for the new line');
  await picture(phone.page, 'plan-today');
  const { occurrences } = await get(phone.page, '/v1/me/occurrences');
  const asked = occurrences.find((one) => one.exercise === 'stand-tall' && one.phase === 'open');
  check(asked, 'the new line is not open');
  await phone.page.locator(`form:has([value="${asked.id}"])`).first().getByRole('button', { name: /^Done/ }).click();
  // Whether it goes by the form or by the script of the page: the server knows it soon.
  for (let tries = 0; tries < 50; tries += 1) {
    const after = await get(phone.page, '/v1/me/occurrences').catch(() => ({ occurrences: [] }));
    if (after.occurrences.find((one) => one.id === asked.id)?.phase === 'done') return phone;
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  throw new Error('the answer did not arrive');
}

/** An id of a session: a UUID version 7, as insoles make them. */
function uuid7(now) {
  const random = crypto.randomUUID();
  return `${now.toString(16).padStart(12, '0').replace(/^(.{8})(.{4})$/, '$1-$2')}-7${random.slice(15)}`;
}

/** The next session: the clinic sees it beside those before, with what it is worth. */
async function isMeasuredAgain(phone, { page }, found) {
  const { sessions } = await get(page, `/v1/patients/${found.id}/insole-sessions?limit=20`);
  const scored = sessions.find((one) => one.score !== undefined && one.score !== null);
  const { summary } = await get(page, `/v1/patients/${found.id}/insole-sessions/${scored.session_id}`);
  const start = new Date(Date.now() - 15 * 60 * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const next = { ...summary, session_id: uuid7(Date.now()), start_utc: start };
  const answer = await post(phone.page, '/v1/me/insole-sessions', { sessions: [next] });
  same(answer.status, 200, `the upload of the next session: ${answer.text}`);
  check(answer.text.includes('created'), `the next session: ${answer.text}`);
  await page.goto(`/patients/${found.id}/gait`);
  const text = await page.locator('main').innerText();
  check(/minutes ago/.test(text), 'the newest session is not the one of today');
  check(/±/.test(text) && /measurement error/.test(text), 'the page does not say from when on a change is one');
  await picture(page, 'plan-measured-again');
}

/** A template is written from a built-in one, and retired. */
async function templates({ page }) {
  await page.getByRole('link', { name: 'Templates' }).click();
  await page.waitForURL('**/templates');
  await atAllWidths(page, 'templates');
  await page.getByRole('link', { name: 'Arch: foot strength' }).click();
  await atAllWidths(page, 'template');
  await page.getByRole('link', { name: 'Write one from it' }).click();
  await page.getByLabel('Name').fill('Feet after winter');
  await atAllWidths(page, 'template-edit');
  await page.getByRole('button', { name: 'Save the template' }).click();
  await page.waitForURL('**/templates/tpl_*');
  await page.getByRole('button', { name: 'Retire' }).click();
  await page.waitForURL('**/templates?done=retired');
  check((await page.locator('main').innerText()).includes('Feet after winter'), 'what was retired is gone');
}

await run(async (browser) => {
  let clinician;
  let found;
  let phone;
  await journey('a finding suggests a template', async () => {
    clinician = await open(browser, DESKTOP, { storageState: session });
    await clinician.page.goto('/worklist');
    found = await aFindingSuggests(clinician);
    await fillsTheEditor(clinician, found);
    return clinician;
  });
  await journey('it is edited, seen day by day and signed', async () => {
    const { time_zone: zone } = await get(clinician.page, `/v1/patients/${found.id}`);
    const time = await edits(clinician, zone);
    await isSeenDayByDay(clinician, time);
    await isDecidedAndCompared(clinician, found);
    return clinician;
  });
  await journey('it is asked on a phone and answered', async () => { phone = await isAskedAndAnswered(browser, clinician, found); return [clinician, phone]; });
  await journey('the next session is measured', async () => { await isMeasuredAgain(phone, clinician, found); return [clinician, phone]; });
  await journey('a clinic writes its own template', async () => { await templates(clinician); return clinician; });
});
