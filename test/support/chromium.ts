/** A real browser, where one is found. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Path of Chromium: `ZINCIR_CHROMIUM`, or where distributions put it. */
export function findChromium(): string | null {
  const candidates = [
    process.env.ZINCIR_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const found = candidates.find((path) => path !== undefined && existsSync(path)) ?? null;
  if (found === null && process.env.CI) throw new Error('CI needs Chromium: run .ci/run, or set ZINCIR_CHROMIUM');
  return found;
}

export const chromiumMissing = 'needs Chromium (install it, or set ZINCIR_CHROMIUM to its path)';

export function launchChromium(executablePath: string): Promise<Browser> {
  const flags = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, headless: true, args: flags });
}

/** A page, and the faults that its scripts throw or log; a test that expects none looks at them at its end. */
export async function openPage(
  browser: Browser,
  url: string,
  settings: BrowserContextOptions,
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ locale: 'en-GB', ...settings });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(url);
  return { page, faults };
}
