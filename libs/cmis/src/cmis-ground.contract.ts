import { Readable } from 'node:stream';
import { expect } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import type { CmisConnection } from './cmis-connection.port.ts';
import type { CmisObject } from './cmis-object.ts';
import type { ContentSource } from './content-source.ts';

/** A repository under test. */
export interface CmisTestEnvironment {
  readonly repositoryId: string;
  /** Who the connection is, as the repository names it in access control lists. */
  readonly user: string;
  /** Ids of types and properties to test with. */
  readonly types: {
    readonly folder: string;
    readonly document: string;
    readonly versionable: string;
    readonly secondary: { readonly id: string; readonly text: string; readonly number: string };
  };
  /** With the switch contentInSeparateCall, content that fails leaves a document without. */
  readonly contentApart?: boolean;
  connect(): CmisConnection;
  close(): Promise<void>;
}

/** What the tests of one run share: a folder of their own. */
export interface CmisGround {
  readonly cmis: CmisConnection;
  readonly folder: CmisObject;
  readonly types: CmisTestEnvironment['types'];
  readonly contentApart: boolean;
}

/** Content in memory, in pieces of 64 KiB. */
export function bytes(content: Buffer, given: Partial<ContentSource> = {}): ContentSource {
  return {
    open: () => Readable.from(piecesOf(content)),
    length: content.length,
    mediaType: 'application/pdf',
    fileName: 'inhalt.pdf',
    ...given,
  };
}

export async function received(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Says that no content was kept under the name, and takes away what is there without. */
export async function nothingKept({ cmis, folder, contentApart }: CmisGround, name: string): Promise<void> {
  const left = await cmis.findChild(folder.id, name);
  if (!contentApart) expect(left).toBeUndefined();
  if (!left) return;
  expect(left.contentLength).toBeUndefined();
  await cmis.delete(left.id);
}

/** The code the call fails with; `done` where it does not fail. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return isHubError(error) ? error.code : String(error);
  }
}

function* piecesOf(content: Buffer): Iterable<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}
