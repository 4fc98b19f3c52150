import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
/** Ignored by git. */
const PAGES = fileURLToPath(new URL('../../dist/pages/identity/', import.meta.url));

export function hasChromium(): boolean {
  return existsSync(PROGRAM);
}

export async function startChromium(): Promise<Browser> {
  await mkdir(PAGES, { recursive: true });
  // The sandbox of Chromium does not work for root.
  const options = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ executablePath: PROGRAM, args: options });
}

/** Keeps what the page looks like. */
export async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PAGES, `${name}.png`), fullPage: true });
}
