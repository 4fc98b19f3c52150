import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { processEnvironment } from '@ozg-hub/runtime';
import { errorTables } from './readme/error-tables.ts';
import { settingsTable } from './readme/settings-table.ts';
import { projectFolder } from './readme/sources.ts';

const README = `${projectFolder}README.md`;

/** The text between the markers, and the whole file with another text there. */
async function section(name: string): Promise<{ text: string; replaced: (text: string) => string }> {
  const readme = await readFile(README, 'utf8');
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [readme.indexOf(begin) + begin.length, readme.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`README.md lacks ${begin} … ${end}`);
  return { text: readme.slice(from, to), replaced: (text) => readme.slice(0, from) + text + readme.slice(to) };
}

test.each([
  ['settings', settingsTable],
  ['errors', errorTables],
])('the %s in README.md are those of the code; UPDATE_README=1 writes them', async (name, generate) => {
  // The formatter would pad every cell to the longest one.
  const expected = `\n\n<!-- prettier-ignore-start -->\n${await generate()}\n<!-- prettier-ignore-end -->\n\n`;
  const { text, replaced } = await section(name);
  if (processEnvironment()['UPDATE_README'] === '1') await writeFile(README, replaced(expected));
  else expect(text).toBe(expected);
});
