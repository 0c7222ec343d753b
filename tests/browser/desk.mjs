// The clinician's desk: an examination entered with a mistake first, a threshold changed and echoed, a colleague who leaves.
import { DESKTOP, atAllWidths, check, journey, open, picture, run, same, session } from './browser.mjs';

/** Refused input is answered with an error status, which Chromium notes on the console. */
function forgive(clinician, status) {
  const refusals = clinician.faults.filter((fault) => fault.includes(String(status)));
  check(refusals.length > 0, `nothing was refused with ${status}`);
  const others = clinician.faults.filter((fault) => !fault.includes(String(status)));
  clinician.faults.splice(0, clinician.faults.length, ...others);
}

async function toPatient(page, name) {
  await page.goto('/patients');
  await page.getByRole('link', { name }).first().click();
  await page.waitForURL('**/patients/pat_*');
  return new URL(page.url()).pathname;
}

async function theHeadOfAPatient({ page }) {
  await toPatient(page, 'Test Patient 04');
  const head = await page.locator('.head').innerText();
  for (const word of ['Episode 1', 'day ', 'America/New_York', 'Given', 'Deputy', 'Last word from the app', 'Last walk with insoles']) {
    check(head.includes(word), `the head lacks ${word}: ${head}`);
  }
  await page.getByText('Change owner or deputy').press('Enter');
  await page.getByLabel('Looks after the patient').selectOption({ label: 'Test Clinician' });
  await page.locator('#deputy').selectOption({ label: 'Test Clinician' });
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  check(await page.getByText('must be another than the owner').isVisible(), 'one may be deputy to oneself');
  await atAllWidths(page, 'patient-team-error');
  await page.locator('#deputy').selectOption({ label: 'Test Clinician 03' });
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  await page.waitForURL('**?done=team');
  check(/Deputy: Test Clinician 03/.test(await page.locator('.head').innerText()), 'the deputy is not shown');
}

/** With the keyboard alone; what is wrong stands beside its field, and nothing typed is lost. */
async function anExamWithAMistakeFirst({ page }) {
  const patient = await toPatient(page, 'Test Patient 05');
  await page.getByRole('link', { name: 'Record', exact: true }).press('Enter');
  await page.waitForURL('**/record');
  await page.getByRole('link', { name: 'Enter an examination' }).press('Enter');
  await page.waitForURL('**/record/exam');
  for (let item = 0; item < 6; item += 1) await page.locator(`#fpi-left-${item}`).selectOption(item < 4 ? '1' : '2');
  await page.getByRole('button', { name: 'Add up the items' }).press('Enter');
  check(await page.getByText('+8, pronated').isVisible(), 'the sum and what it means are not there');
  await page.getByLabel('Measured with').selectOption('blocks');
  await page.getByLabel('Left leg').fill('88');
  await page.getByLabel('Right leg').fill('874,5');
  await page.getByLabel('Standard error').fill('2');
  await page.getByLabel('Left: navicular drop').fill('9');
  await page.getByLabel('Ankle dorsiflexion, knee straight, left, passive').fill('8');
  await page.getByRole('button', { name: 'Record the examination' }).press('Enter');
  check(await page.getByText('The length must be between 300 and 1400.').isVisible(), 'the broken rule is not beside its field');
  same(await page.getByLabel('Left leg').getAttribute('aria-invalid'), 'true', 'the field in error');
  same(await page.getByLabel('Right leg').inputValue(), '874,5', 'what was typed');
  await atAllWidths(page, 'exam-error');
  await page.getByLabel('Left leg').fill('880');
  await page.getByRole('button', { name: 'Record the examination' }).press('Enter');
  await page.waitForURL('**/record?done=recorded');
  const text = await page.locator('main').innerText();
  for (const words of ['+8, pronated', 'right shorter by 5.5 ± 2 mm', '8° passive']) check(text.includes(words), `the record lacks ${words}`);
  await page.goto(`${patient}/record/event`);
  await page.getByLabel('What happened').selectOption('orthotic_issued');
  await page.getByLabel('Orthotics: their name').fill('custom-left-right');
  await atAllWidths(page, 'event');
  await page.getByRole('button', { name: 'Record the event' }).press('Enter');
  await page.waitForURL('**/record?event=*');
  const said = await page.getByRole('status').innerText();
  check(/baselines begin anew/.test(said) && /comparison of before and after is open/.test(said), `what follows is not said: ${said}`);
  await atAllWidths(page, 'record');
  await page.goto(`${patient}/record/imaging`);
  await atAllWidths(page, 'imaging');
}

async function aThresholdIsEchoed({ page }) {
  await page.goto('/settings');
  await atAllWidths(page, 'settings');
  const days = page.getByLabel('Plan ends: shown before its last day');
  await days.fill('61');
  await page.getByRole('button', { name: 'Save worklist' }).press('Enter');
  check(await page.getByText('This must be between 1 and 60.').isVisible(), 'the broken rule is not shown');
  same(await days.inputValue(), '61', 'what was typed');
  await picture(page, 'settings-error');
  await days.fill('9');
  await page.getByRole('button', { name: 'Save worklist' }).press('Enter');
  await page.waitForURL('**/settings?saved=worklist*');
  check(/Last changed by Test Clinician/.test(await page.locator('main').innerText()), 'who changed it is not said');
  await page.getByRole('link', { name: 'Worklist', exact: true }).press('Enter');
  await page.waitForURL('**/worklist');
  check(/9 days/.test(await page.locator('#housekeeping').innerText()), 'the worklist does not say the threshold');
}

async function aColleagueIsInvited({ page }) {
  await page.getByRole('link', { name: 'Team', exact: true }).press('Enter');
  await page.waitForURL('**/team');
  await page.getByText('Invite a clinician').press('Enter');
  await page.getByLabel('Name').fill('Test Clinician 04');
  await page.getByLabel('E-mail address').fill('test.clinician.04@example.org');
  await page.getByRole('button', { name: 'Make an invitation' }).press('Enter');
  check((await page.locator('.secret').innerText()).includes('/welcome#'), 'no link to give away');
  await picture(page, 'team-link');
}

/** A colleague leaves: refused, handed over, ended, and nobody is without an owner. */
async function aColleagueLeaves({ page }) {
  await aColleagueIsInvited({ page });
  const patient = await toPatient(page, 'Test Patient 06');
  await page.getByText('Change owner or deputy').press('Enter');
  await page.locator('#owner').selectOption({ label: 'Test Clinician 04' });
  await page.locator('#deputy').selectOption('');
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  await page.waitForURL('**?done=team');
  await page.getByRole('link', { name: 'Team', exact: true }).press('Enter');
  await page.waitForURL('**/team');
  check(await page.getByText('nobody unowned').isVisible(), 'somebody is unowned at the start');
  await page.getByText('Invite a clinician').press('Enter');
  await atAllWidths(page, 'team');
  await page.getByRole('link', { name: 'Test Clinician 04' }).press('Enter');
  await page.waitForURL('**/team/cli_*');
  await page.getByRole('button', { name: 'End the account' }).press('Enter');
  const why = await page.getByRole('alert').innerText();
  check(/still looks after patients/.test(why) && /1 patient in care/.test(why), `what is left is not listed: ${why}`);
  await atAllWidths(page, 'team-refused');
  await page.getByLabel('Who gets it').selectOption({ label: 'Test Clinician' });
  await page.getByRole('button', { name: 'Hand everything over' }).press('Enter');
  await page.waitForURL('**done=handed_over*');
  check(/Handed over: 1 patient/.test(await page.getByRole('status').innerText()), 'what was handed over is not said');
  await page.getByRole('button', { name: 'End the account' }).press('Enter');
  await page.waitForURL('**/team?done=deactivated');
  check(await page.getByText('nobody unowned').isVisible(), 'somebody is unowned at the end');
  await page.goto(patient);
  check(/Test Clinician\n/.test(await page.locator('.head').innerText()), 'the patient has no new owner');
}

async function onesOwnAccount({ page }) {
  await page.goto('/account');
  check(await page.getByText('this one').isVisible(), 'the own session is not marked');
  await page.getByLabel('Password so far').fill('not the password');
  await page.getByLabel('New password').fill('one two three four');
  await page.getByLabel('The same password again').fill('one two three five');
  await page.getByRole('button', { name: 'Change the password' }).press('Enter');
  check(await page.getByText('The two passwords are not the same.').isVisible(), 'the mistake is not named');
  same(await page.getByLabel('New password').inputValue(), '', 'a password is shown again');
  await atAllWidths(page, 'account-error');
}

async function withoutJavaScript(browser) {
  const plain = await open(browser, DESKTOP, { storageState: session, javaScriptEnabled: false });
  await toPatient(plain.page, 'Test Patient 07');
  await plain.page.getByRole('link', { name: 'Record', exact: true }).click();
  await plain.page.getByRole('link', { name: 'Enter an event' }).click();
  await plain.page.getByLabel('What happened').selectOption('visit');
  await plain.page.getByRole('button', { name: 'Record the event' }).click();
  check(/Visit, .*: recorded/.test(await plain.page.getByRole('status').innerText()), 'an event needs JavaScript');
  return plain;
}

await run(async (browser) => {
  const clinician = await open(browser, DESKTOP, { storageState: session });
  const goes = (name, steps, refused) => journey(name, async () => {
    await steps(clinician);
    for (const status of refused) forgive(clinician, status);
    return clinician;
  });
  await goes('the head of a patient says who and when', theHeadOfAPatient, [400]);
  await goes('an examination is entered with a mistake first', anExamWithAMistakeFirst, [400]);
  await goes('a threshold is changed and echoed', aThresholdIsEchoed, [400]);
  await goes('a colleague leaves and nobody is without an owner', aColleagueLeaves, [409]);
  await goes('one looks after one\'s own account', onesOwnAccount, [400]);
  await journey('the desk needs no JavaScript', () => withoutJavaScript(browser));
});
