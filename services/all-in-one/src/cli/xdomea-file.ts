import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isHubError } from '@ozg-hub/core';
import {
  type CheckReport,
  type MessageTree,
  type PackageEntry,
  checkFile,
  messageEntry,
  openPackage,
  readMessageTree,
} from '@ozg-hub/xdomea';
import { type OpenSchemas, openSchemas, schemaFolders } from './schema-files.ts';
import { obstacleText, reportText } from './xdomea-report.ts';
import { treeText } from './xdomea-tree.ts';

const EXIT = { valid: 0, invalid: 1, unchecked: 2 } as const;
const MAX_MESSAGE = 64 * 1024 ** 2;

export interface CheckedFile {
  readonly report: CheckReport;
  /** For a clerk, in German. */
  readonly text: string;
  readonly exitCode: 0 | 1 | 2;
}

/** Checks one package or message. @throws where the file cannot be read */
export async function checkOne(file: string, { pool, official }: OpenSchemas): Promise<CheckedFile> {
  const report = await checkFile(pool, file, { official });
  return { report, text: reportText(basename(file), report), exitCode: EXIT[report.verdict] };
}

/** What is in one package or message, without validating it. */
export async function showOne(
  file: string,
  { pool }: OpenSchemas,
): Promise<{ readonly tree: MessageTree; readonly files: readonly PackageEntry[] | undefined }> {
  const treeOf = (bytes: Uint8Array) => readMessageTree(pool, bytes, { maxBytes: MAX_MESSAGE });
  if (!(await isZip(file))) return { tree: await treeOf(await readFile(file)), files: undefined };
  const opened = await openPackage(file);
  try {
    const [message] = await messageEntry(opened);
    if (!message) throw new Error('The package has no message of xdomea.');
    const tree = await treeOf(await opened.read(message.name, MAX_MESSAGE));
    return { tree, files: opened.entries.filter(({ name }) => name !== message.name) };
  } finally {
    opened.close();
  }
}

/** Nothing of what a stranger wrote may steer the terminal: controls and marks of direction become dots. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '·');
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1') === 'PK';
  } finally {
    await file.close();
  }
}

/** Checks a file and prints the report; sets the exit code. */
export async function printCheck(file: string, options: { json?: boolean }): Promise<void> {
  await withSchemas(options, async (schemas) => {
    const { report, text, exitCode } = await checkOne(file, schemas);
    process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : printable(text)}\n`);
    process.exitCode = exitCode;
  });
}

/** Prints what is in a file; sets the exit code. */
export async function printTree(file: string, options: { json?: boolean }): Promise<void> {
  await withSchemas(options, async (schemas) => {
    const { tree, files } = await showOne(file, schemas);
    const json = { ...tree, version: tree.version.id, ...(files && { files }) };
    process.stdout.write(`${options.json ? JSON.stringify(json, null, 2) : printable(treeText(tree, files))}\n`);
  });
}

/** Where nothing can be said about the file: exit code 2, in the form that was asked for. */
async function withSchemas({ json }: { json?: boolean }, run: (schemas: OpenSchemas) => Promise<void>): Promise<void> {
  let schemas: OpenSchemas | undefined;
  try {
    schemas = await openSchemas(schemaFolders());
    await run(schemas);
  } catch (error) {
    const code = isHubError(error) ? error.code : ((error as NodeJS.ErrnoException).code ?? 'ERROR');
    const { message } = error as Error;
    if (json) process.stdout.write(`${JSON.stringify({ verdict: 'unchecked', error: { code, message } }, null, 2)}\n`);
    else process.stderr.write(`${obstacleText(code, message)}\n`);
    process.exitCode = 2;
  } finally {
    await schemas?.pool.close();
  }
}
