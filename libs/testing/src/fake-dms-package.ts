import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isHubError } from '@ozg-hub/core';
import {
  type Package,
  type ReceivedMessage,
  checkProcessRules,
  messageFileName,
  messageNames,
  openPackage,
  packageName,
  prozessIdOfFileName,
  readMessage,
} from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';

/** What a strict receiver finds in a package: a message it can act on, or why not. */
export type Finding =
  | { readonly sha256: string; readonly message: ReceivedMessage; readonly problem?: undefined }
  | {
      readonly sha256: string;
      /** From the file name, so that even a broken package can be answered. */
      readonly prozessId: string | undefined;
      readonly message?: undefined;
      readonly problem: Problem;
    };

export interface Problem {
  /** Code of our error, or the broken process rules, for the ledger. */
  readonly code: string;
  /** Code of the list AllgemeineRueckmeldung to answer with. */
  readonly answer: string;
}

/** Reads a package to its last byte: ZIP directory, checksums, schema, process rules, names. Constant memory. */
export async function readStrictly(path: string, name: string, pool: XmlPool): Promise<Finding> {
  const sha256 = await hashOf(path);
  const prozessId = prozessIdOfFileName(name);
  try {
    const opened = await openPackage(path);
    try {
      return { sha256, ...(await examine(opened, name, prozessId, pool)) };
    } finally {
      opened.close();
    }
  } catch (error) {
    if (!isHubError(error) || error.class !== 'never') throw error;
    return { sha256, prozessId, problem: { code: error.code, answer: answerTo(error.code) } };
  }
}

/** The messages that a DMS takes. */
const TAKEN = (['0401', '0601', '0604', '0605', '0607', '0624'] as const).map((code) => messageNames[code]);

async function examine(opened: Package, name: string, prozessId: string | undefined, pool: XmlPool) {
  const refuse = (code: string, answer: string) => ({ prozessId, problem: { code, answer } });
  const nachricht = TAKEN.find((each) => prozessId !== undefined && name === packageName(prozessId, each));
  if (prozessId === undefined || nachricht === undefined) return refuse('PACKAGE_NAME', '0000499');
  const messageName = messageFileName(prozessId, nachricht);
  if (opened.entries[0]?.name !== messageName) return refuse('MESSAGE_NOT_FIRST', '0000018');
  const xml = await opened.read(messageName, 16 * 1024 ** 2);
  if (!/^<\?xml [^>]*encoding="UTF-8"/.test(xml.toString('utf8', 0, 100))) return refuse('XML_DECLARATION', '0000008');
  const message = await readMessage(pool, xml);
  if (message.prozessId !== prozessId) return refuse('PROZESS_ID', '0000499');
  if (message.name !== nachricht || !nachricht.endsWith(message.nachricht)) return refuse('MESSAGE_NAME', '0000008');
  const files = opened.entries.map((entry) => entry.name).filter((entry) => entry !== messageName);
  const broken = [...new Set(checkProcessRules(message.inventory, files).map(({ rule }) => rule))];
  if (broken.length > 0)
    return refuse(`RULES ${broken.join(' ')}`, broken.includes('file-missing') ? '0000018' : '0000014');
  for (const file of files) await drain(await opened.stream(file));
  return { message };
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}

function answerTo(code: string): string {
  return code.startsWith('HUB_XML_') || code === 'HUB_XDOMEA_MESSAGE' ? '0000008' : '0000015';
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
