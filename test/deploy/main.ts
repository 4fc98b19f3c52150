import { writeFile } from 'node:fs/promises';
import { renderedFiles } from './rendered-files.ts';
import { readServices, root } from './services-file.ts';

/** Writes what is made from deploy/services.yaml. */
for (const [path, text] of Object.entries(await renderedFiles(await readServices()))) {
  await writeFile(new URL(`deploy/${path}`, root), text);
}
