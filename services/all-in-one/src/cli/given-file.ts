import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { runtimeErrors } from '@ozg-hub/runtime/settings';

/** A file that a person named, whole. @throws HUB_FILE_UNREADABLE */
export async function readGivenFile(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => refuse(file, cause));
}

/** The same for one that may be large. @throws HUB_FILE_UNREADABLE */
export async function openFile(file: string): Promise<{ readonly size: number; readonly stream: Readable }> {
  const opened: FileHandle = await open(file).catch((cause: unknown) => refuse(file, cause));
  const found = await opened.stat();
  if (found.isFile()) return { size: found.size, stream: opened.createReadStream() };
  await opened.close();
  return refuse(file);
}

function refuse(file: string, cause?: unknown): never {
  throw runtimeErrors.HUB_FILE_UNREADABLE({ detail: `There is no file ${file} that can be read.`, cause });
}
