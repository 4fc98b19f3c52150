import { PassThrough } from 'node:stream';
import type { ContentSource } from '@ozg-hub/cmis';
import { safeFileName, writePackage } from '@ozg-hub/xdomea';
import { numberedName, fold } from './numbered-name.ts';

const MOST_BYTES_OF_A_NAME = 200;

export interface ContainerFile {
  readonly name: string;
  readonly content: ContentSource;
}

/** All files in one ZIP, streamed: its length is not known before. The same files give the same bytes. */
export function containerContent(fileName: string, files: readonly ContainerFile[], createdAt: Date): ContentSource {
  const names = distinctNames(files.map(({ name }) => name));
  return {
    mediaType: 'application/zip',
    fileName,
    open: () => {
      const to = new PassThrough();
      const inside = files.map(({ content: { mediaType, length, open } }, index) => ({
        name: names[index]!,
        mediaType,
        ...(length !== undefined && { size: length }),
        open,
      }));
      writePackage({ files: inside, to, createdAt, deflateAll: true }).catch((error: Error) => to.destroy(error));
      return to;
    },
  };
}

function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const extension = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
    const stem = name.slice(0, name.length - extension.length);
    for (let count = 1; ; count += 1) {
      const candidate = safeFileName(numberedName(stem, extension, { count, maxBytes: MOST_BYTES_OF_A_NAME }));
      if (taken.has(fold(candidate))) continue;
      taken.add(fold(candidate));
      return candidate;
    }
  });
}
