// The course and the walking of a patient, as a clinician looks at them: who got orthotics, and who was operated on. The
// arguments are those of `journeys.mjs`, whose session it goes on with.
import { DESKTOP, PHONE, atAllWidths, check, journey, open, run, same, session } from './browser.mjs';

async function toPatient(page, name) {
  await page.goto('/patients');
  await page.getByRole('link', { name }).first().click();
  await page.waitForURL('**/patients/pat_*');
}

/** The same days, one above the other, with the orthotics marked in each picture and told in words. */
async function courseOfNewOrthotics({ page }) {
  await toPatient(page, 'Test Patient 02');
  await page.getByRole('link', { name: 'Course', exact: true }).first().click();
  await page.waitForURL('**/course');
  same(await page.locator('.course-panel').count(), 5, 'pictures');
  const lines = await page.locator('.panel').evaluateAll((all) => all.map((one) => one.querySelectorAll('line.happened').length));
  check(new Set(lines).size === 1 && lines[0] >= 2, `what happened stands in each picture alike: ${lines}`);
  const told = await page.locator('.marks-list').innerText();
  check(/Plan, version 1/.test(told) && /Orthotics handed over/.test(told), 'the list does not tell what the numbers mean');
  same(await page.locator('.marks-list li').count(), await page.locator('.number').count(), 'numbers told');
  check(await page.locator('[data-panel=walking] .error-bar').count() > 5, 'the walking has no error bars');
  check(await page.locator('[data-panel=wear] .bar').count() > 5, 'no wear is shown');
  await atAllWidths(page, 'course');
  await page.getByText('The same as a table').click();
  same(await page.locator('.course-days tbody tr').count(), 28, 'days in the table');
  check(/not known/.test(await page.locator('.course-days').innerText()), 'nothing is said to be unknown');
  await page.getByText('How to read the pictures').click();
  await page.getByRole('link', { name: '28 days' }).click();
  await page.waitForURL('**/course?days=28');
}

/** In a narrow window the newest day is in sight, and the page does not slide. */
async function newestFirstOnAPhone({ page }) {
  await page.setViewportSize(PHONE);
  await page.reload();
  const sight = await page.locator('.from-end').first().evaluate((box) => {
    const edge = box.getBoundingClientRect().right;
    return Math.abs(box.firstElementChild.getBoundingClientRect().right - edge);
  });
  check(sight <= 2, `the newest day is ${sight} px beyond the edge`);
  await page.setViewportSize(DESKTOP);
}

/** The button draws the same numbers so that one can zoom, all pictures together; pressed again, the pictures are back. */
async function zoomsAndGoesBack({ page }) {
  await page.goto(page.url().split('?')[0]);
  await page.getByRole('button', { name: 'Zoom and read values' }).click();
  same(await page.locator('.uplot canvas').count(), 4, 'pictures to zoom into');
  check(!await page.locator('[data-panel=pain] .course-panel').isVisible(), 'the picture and its zoom stand beside each other');
  const field = page.locator('[data-panel=done] .u-over');
  const box = await field.boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  check(/\d/.test(await page.locator('[data-panel=done] .u-legend').innerText()), 'no value is read off');
  const before = await page.locator('[data-panel=wear] .u-legend').innerText();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 45, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  check(await page.locator('[data-panel=wear] .u-legend').innerText() !== before, 'the other pictures did not follow');
  await atAllWidths(page, 'course-zoom');
  await page.getByRole('button', { name: 'Back to the pictures' }).click();
  same(await page.locator('.uplot').count(), 0, 'plots left behind');
  check(await page.locator('[data-panel=pain] .course-panel').isVisible(), 'the pictures are not back');
}

async function pausedDaysAreShaded({ page }) {
  await toPatient(page, 'Test Patient 05');
  await page.getByRole('link', { name: 'Course', exact: true }).first().click();
  await page.waitForURL('**/course');
  same(await page.locator('[data-panel=done] .shade').count(), 1, 'shaded stretches');
  check(/Paused until now: surgery/.test(await page.locator('.marks-list').innerText()), 'the pause is not told');
  await atAllWidths(page, 'course-paused');
}

/** From the list of sessions to one of them, and why its score is what it is. */
async function whyThisScore({ page }) {
  await toPatient(page, 'Test Patient 02');
  await page.getByRole('link', { name: 'Walking', exact: true }).first().click();
  await page.waitForURL('**/gait');
  same(await page.locator('.foot-map').count(), 2, 'feet');
  check(await page.locator('.cop').count() === 2, 'no way of the centre of pressure');
  await atAllWidths(page, 'walking');
  await page.getByRole('link', { name: /^Why/ }).first().click();
  await page.waitForURL('**/sessions/*');
  const text = await page.locator('main').innerText();
  for (const words of ['As it is kept', 'Whom it compares with', 'Quality of the signal', '±']) check(text.includes(words), `the session lacks ${words}`);
  await atAllWidths(page, 'session');
}

async function beforeAndAfter({ page }) {
  await page.goBack();
  await page.getByRole('link', { name: 'Before and after footwear' }).click();
  await page.waitForURL('**/comparisons');
  const text = await page.locator('main').innerText();
  check(/Orthotics handed over/.test(text), 'the change is not named');
  check(/Too early|measurement error/.test(text), 'nothing is said of the error');
  await atAllWidths(page, 'comparisons');
}

async function twelveWeeksOfDays({ page }) {
  await toPatient(page, 'Test Patient 01');
  await page.getByRole('link', { name: '84 days' }).click();
  await page.waitForURL('**?days=84');
  same(await page.locator('.days th.day').count(), 84, 'days of the grid');
  await atAllWidths(page, 'grid-84');
}

await run(async (browser) => {
  await journey('the course of a patient', async () => {
    const clinician = await open(browser, DESKTOP, { storageState: session });
    await courseOfNewOrthotics(clinician);
    await newestFirstOnAPhone(clinician);
    await zoomsAndGoesBack(clinician);
    await pausedDaysAreShaded(clinician);
    return clinician;
  });
  await journey('why this score, and before and after', async () => {
    const clinician = await open(browser, DESKTOP, { storageState: session });
    await whyThisScore(clinician);
    await beforeAndAfter(clinician);
    await twelveWeeksOfDays(clinician);
    return clinician;
  });
});
