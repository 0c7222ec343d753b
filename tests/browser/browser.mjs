// The system's Chromium under playwright-core, kept off the network. Each script of this folder goes through journeys in
// one demonstration clinic; its arguments are the clinician's and the patient's one-time links, a folder for the
// pictures, and the file with the clinician's session, which the first script leaves there.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

/** Flags that keep Chromium from calling home and let it run as root in a container. */
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps',
];

/** What axe-core finds of the rules of WCAG 2.2 A and AA; about half of what there is to find. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const [clinicianLink, patientLink, pictures, session] = process.argv.slice(2);
/** Where the first script leaves the session of the patient of the link. */
export const patientSession = `${session}.patient`;
export const origin = new URL(clinicianLink).origin;

export const DESKTOP = { width: 1280, height: 900 };
export const TABLET = { width: 768, height: 1024 };
export const PHONE = { width: 360, height: 740 };

export async function launch() {
  return chromium.launch({ executablePath: process.env.FOOTING_CHROMIUM, headless: true, args: ARGUMENTS });
}

/** A page that notes what must never happen: errors on the console, requests to any other host. */
export async function open(browser, viewport, options = {}) {
  const context = await browser.newContext({ viewport, baseURL: origin, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => { if (message.type() === 'error') faults.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) faults.push(`request to ${request.url()}`);
  });
  return { page, context, faults };
}

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

export function same(found, expected, what) {
  if (found !== expected) throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/** Nothing sticks out at the side: the page scrolls down only. */
export async function fits(page) {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  check(wide <= seen, `${page.url()} is ${wide} px wide in a window of ${seen}`);
}

/** Without motion: half-way through a change of colour nothing has its contrast. */
async function still(page, colorScheme) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.evaluate(() => document.getAnimations().forEach((one) => one.finish()));
}

/** No rule of WCAG that a program can check is broken, in light and in dark. */
export async function accessible(page) {
  for (const colorScheme of ['light', 'dark']) {
    await still(page, colorScheme);
    // Evaluated from outside: a script in the page would be refused by the page's own policy.
    await page.evaluate(AXE);
    const broken = await page.evaluate(async (rules) => {
      const found = await axe.run(document, { runOnly: rules });
      return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(' | ')}`);
    }, RULES);
    check(broken.length === 0, `${page.url()} in ${colorScheme}: ${broken.join('; ')}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Every control can be named by assistive technology. */
export async function named(page) {
  const nameless = await page.evaluate(() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')]
    .filter((control) => {
      const label = control.labels?.length || control.getAttribute('aria-label') || control.getAttribute('aria-labelledby');
      return !label && !control.textContent.trim() && !control.getAttribute('title');
    })
    .map((control) => control.outerHTML.slice(0, 100)));
  check(nameless.length === 0, `${page.url()} has controls without a name: ${nameless.join(' | ')}`);
}

/**
 * A picture for a person to look at; nothing is asserted by it. Now and then a Chromium beside busy neighbours draws no frame and
 * the call waits for ever: it is asked again.
 */
export async function picture(page, name) {
  const options = { path: `${pictures}/${name}.png`, fullPage: true, timeout: 15_000 };
  for (let again = 2; ; again -= 1) {
    try {
      return await page.screenshot(options);
    } catch (error) {
      if (error.name !== 'TimeoutError' || again === 0) throw error;
      console.log(`the picture ${name} is taken again`);
    }
  }
}

/**
 * The same page on a desk, a tablet and a phone, in light and in dark: it fits, its controls have names, axe finds
 * nothing, and there is a picture of each. It also fits 320 px, which is a desk at 400 %, prints within a page's
 * width, and keeps its words where the system chooses the colours.
 */
export async function atAllWidths(page, name) {
  const before = page.viewportSize();
  for (const [width, viewport] of [['desktop', DESKTOP], ['tablet', TABLET], ['phone', PHONE]]) {
    await page.setViewportSize(viewport);
    await fits(page);
    await named(page);
    await accessible(page);
    for (const colorScheme of ['light', 'dark']) {
      await still(page, colorScheme);
      await picture(page, `${name}-${width}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  }
  await page.setViewportSize({ width: 320, height: 640 });
  await fits(page);
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ forcedColors: 'active' });
  await fits(page);
  await picture(page, `${name}-forced-colours`);
  await page.emulateMedia({ forcedColors: null, media: 'print' });
  // A4 within its margins, at the 96 px an inch that browsers print with.
  await page.setViewportSize({ width: 718, height: 1040 });
  await fits(page);
  await picture(page, `${name}-print`);
  await page.emulateMedia({ media: null });
  await page.setViewportSize(before);
}

/** Goes through one journey: no session it returns may have seen a fault. */
export async function journey(name, steps) {
  const sessions = [await steps()].flat().filter((session) => session?.faults);
  for (const { faults } of sessions) check(faults.length === 0, `${name}: ${faults.join('; ')}`);
  console.log(`ok ${name}`);
}

/** Runs the journeys of a script; the first fault ends it. */
export async function run(journeys) {
  const browser = await launch();
  try {
    await journeys(browser);
  } catch (error) {
    console.error(error.stack ?? String(error));
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}
