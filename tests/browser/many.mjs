// Monday morning with a colleague's 2,000 patients beside those of the demonstration and of the journeys, whose session it goes on
// with.
import { DESKTOP, check, journey, open, pictures, run, same, session } from './browser.mjs';

/** Still each once, each section as long as one can take in, and the list there in no time. */
async function mondayOfMany({ page }) {
  const began = performance.now();
  await page.goto('/worklist?of=everyones');
  const text = await page.locator('main').innerText();
  const patients = Number(/(\d+) patients/.exec(text)[1]);
  check(patients >= 2017, `only ${patients} patients`);
  console.log(`   the list of ${patients}: ${Math.round(performance.now() - began)} ms`);
  const counts = await page.locator('.jump strong').allInnerTexts();
  const seenTo = text.matchAll(/Seen to: (\d+)/g);
  const hidden = [...seenTo].reduce((sum, [, count]) => sum + Number(count), 0);
  same(counts.map(Number).reduce((sum, one) => sum + one, hidden), patients, 'patients over all sections, shown and seen to');
  check(await page.locator('#stopped .row').count() <= 25, 'a section shows more than one can take in');
  await page.locator('#stopped').getByRole('link', { name: /^Show \d+ more/ }).click();
  await page.waitForURL('**all=stopped#stopped');
  check(await page.locator('#stopped .row').count() >= 200, 'the rest of the section is not shown');
  await page.screenshot({ path: `${pictures}/worklist-many.png`, fullPage: true });
}

await run(async (browser) => {
  await journey('Monday morning of 2,000', async () => {
    const clinician = await open(browser, DESKTOP, { storageState: session });
    await mondayOfMany(clinician);
    return clinician;
  });
});
