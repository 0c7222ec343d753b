// Monitoring, the report for print and the clinic's page: the arguments are those of `journeys.mjs`, whose session it goes on with.
import { DESKTOP, atAllWidths, check, journey, open, picture, run, same, session } from './browser.mjs';

async function monitoring({ page }) {
  await page.goto('/patients');
  await page.getByRole('link', { name: 'Test Patient 04' }).first().click();
  await page.waitForURL('**/patients/pat_*');
  await page.getByRole('navigation', { name: 'Of this patient' }).getByRole('link', { name: 'Monitoring' }).click();
  await page.waitForURL('**/monitoring');
  same(await page.locator('.strip li').count(), 30, 'days of the window');
  const words = await page.locator('.strip li .hidden').allTextContents();
  check(words.every((word) => /monitored|no data|today|to come/.test(word)), `a day says nothing: ${words}`);
  const text = await page.locator('main').innerText();
  check(/eligible/.test(text) && /Missing: /.test(text), 'nothing is eligible or nothing is missing');
  check(!/bill/i.test(text), 'the page speaks of bills');
  await atAllWidths(page, 'monitoring');
}

/** With the keyboard: a timer, a call with a mistake first, a correction. */
async function timeAndCalls({ page, faults }) {
  await page.getByRole('button', { name: 'Start my timer' }).press('Enter');
  await page.waitForURL('**/monitoring?done=started');
  check(await page.getByRole('button', { name: 'Stop my timer' }).isVisible(), 'the timer does not run');
  await page.getByRole('button', { name: 'Stop my timer' }).press('Enter');
  await page.waitForURL('**/monitoring?done=stopped');
  const call = page.locator('form[action$="/calls"]');
  const began = await call.getByLabel(/began/i).getAttribute('max');
  await call.getByLabel(/began/i).fill(`${began.slice(0, 11)}00:00`);
  await call.getByLabel('Minutes').fill('900');
  await call.getByLabel('Yes, live').check();
  await call.getByRole('button', { name: 'Note the call' }).press('Enter');
  check(await page.getByText('Give whole minutes, 0 to 240.').isVisible(), 'the broken rule is not shown');
  same(await call.getByLabel('Minutes').inputValue(), '900', 'what was typed');
  await picture(page, 'monitoring-error');
  // Refused input is answered with 400, which Chromium notes on the console.
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes('400')));
  await call.getByLabel('Minutes').fill('0');
  await call.getByRole('button', { name: 'Note the call' }).press('Enter');
  await page.waitForURL('**/monitoring?done=called');
  check(/Live call: yes/.test(await page.locator('main').innerText()), 'the call does not count');
  await page.locator('.ledger summary').first().press('Enter');
  const correction = page.locator('.ledger details[open] form');
  await correction.getByLabel('Why').fill('Was not needed');
  await correction.getByRole('button', { name: 'Correct' }).press('Enter');
  await page.waitForURL('**/monitoring?done=corrected');
  check(/struck/.test(await page.locator('.ledger').first().innerText()), 'what was struck is not said to be');
  await atAllWidths(page, 'monitoring-used');
}

async function report({ page }) {
  await page.getByRole('navigation', { name: 'Of this patient' }).getByRole('link', { name: 'Report' }).click();
  await page.waitForURL('**/report');
  const text = await page.locator('main').innerText();
  for (const word of ['95 % interval', '±', 'Reference', 'America/New_York', 'does not diagnose']) check(text.includes(word), `the report lacks ${word}`);
  await atAllWidths(page, 'report');
  await page.emulateMedia({ media: 'print' });
  const sheets = ((await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;
  check(sheets <= 3, `the report takes ${sheets} sheets`);
  await page.emulateMedia({ media: null });
}

async function clinic({ page }) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Clinic' }).click();
  await page.waitForURL('**/clinic');
  const text = await page.locator('main').innerText();
  for (const word of ['0, as it must be', 'Safety', 'Followed', 'sent', 'With an index']) check(text.includes(word), `the clinic's page lacks ${word}`);
  await atAllWidths(page, 'clinic');
  const sheet = await page.request.get('/v1/clinic/exports/patients.csv');
  check((await sheet.text()).startsWith('patient_id,name,'), 'the sheet of patients has no columns');
}

await run(async (browser) => {
  await journey('Monitoring, the report and the clinic', async () => {
    const clinician = await open(browser, DESKTOP, { storageState: session });
    await monitoring(clinician);
    await timeAndCalls(clinician);
    await report(clinician);
    await clinic(clinician);
    return clinician;
  });
});
