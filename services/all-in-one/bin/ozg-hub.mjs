#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const entry = new URL('../dist/cli/cli.js', import.meta.url);
/** Touched after a build without errors; older than a source means: build again. */
const stamp = join(root, 'services/all-in-one/dist/.built');

/** Time of the newest source of the workspace; 0 in an installation without sources. */
function newestSource() {
  const packages = ['libs', 'services'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'src')),
  );
  return Math.max(
    0,
    ...packages.filter(existsSync).flatMap((src) =>
      readdirSync(src, { recursive: true })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => statSync(join(src, name)).mtimeMs),
    ),
  );
}

function build() {
  process.stderr.write('Building (once, about 30 seconds) …\n');
  const started = Date.now();
  const { status } = spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    process.stderr.write('The build failed; the errors stand above.\n');
    process.exit(1);
  }
  writeFileSync(stamp, '');
  process.stderr.write(`Built in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

if (newestSource() > (existsSync(stamp) && existsSync(entry) ? statSync(stamp).mtimeMs : 0)) build();
await import(entry.href);
