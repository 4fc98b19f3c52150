import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CmisConnection } from '@ozg-hub/cmis';
import { DOCUMENT_BYTES, documentBytes } from './dms-applications.ts';

const AT_ONCE = 4;
const TYPE = 'cmis:document';
export const CREDENTIALS = { user: 'hub', password: 'hub' };

export interface Uploads {
  readonly perSecond: number;
  /** Milliseconds of all calls together; they overlap. */
  readonly inCalls: number;
  /** Milliseconds of CPU of this process for each document. */
  readonly cpu: number;
}

/** Puts documents of 200 kB into a folder, four at once. */
export async function upload(count: number, one: (name: string, bytes: Buffer) => Promise<void>): Promise<Uploads> {
  const bytes = documentBytes();
  let [next, inCalls] = [0, 0];
  const cpu = process.cpuUsage();
  const started = performance.now();
  const worker = async () => {
    while (next < count) {
      const begun = performance.now();
      await one(`Nachweis ${next++}.pdf`, bytes);
      inCalls += performance.now() - begun;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: count / seconds, inCalls, cpu: (user + system) / 1000 / count };
}

/** By the hub's client. */
export function byClient(cmis: CmisConnection, parentId: string) {
  return async (name: string, bytes: Buffer): Promise<void> => {
    const content = {
      open: () => Readable.from([bytes]),
      length: DOCUMENT_BYTES,
      mediaType: 'application/pdf',
      fileName: name,
    };
    await cmis.createDocument({ parentId, name, typeId: TYPE, content });
  };
}

/** The same form of the browser binding, sent by node:http in one piece; the answer is read and not looked into. */
export function byHttp(url: string, repositoryId: string, parentId: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const target = new URL(`${url}/${repositoryId}/root?objectId=${encodeURIComponent(parentId)}`);
  const boundary = 'bench-cmis-boundary';
  const headers = {
    authorization: `Basic ${Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString('base64')}`,
    'content-type': `multipart/form-data; boundary=${boundary}`,
  };
  const send = async (name: string, bytes: Buffer): Promise<void> => {
    const fields = {
      cmisaction: 'createDocument',
      'propertyId[0]': 'cmis:objectTypeId',
      'propertyValue[0]': TYPE,
      'propertyId[1]': 'cmis:name',
      'propertyValue[1]': name,
      succinct: 'true',
    };
    const head = Object.entries(fields)
      .map(([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`)
      .join('');
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="content"; filename="${name}"\r\nContent-Type: application/pdf\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head + file), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    await new Promise<void>((resolve, reject) => {
      request(target, { agent, method: 'POST', headers: { ...headers, 'content-length': body.length } }, (response) => {
        text(response).then((said) => {
          if (response.statusCode === 201) resolve();
          else reject(new Error(`The repository answered ${response.statusCode}: ${said.slice(0, 300)}`));
        }, reject);
      })
        .on('error', reject)
        .end(body);
    });
  };
  return { send, close: () => agent.destroy() };
}
