import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { IDENT, UNIT, applicationXml, withFiles } from './application-xml.ts';
import type { Town } from './dms-towns.ts';
import type { Hub } from './hub.ts';

export const DOCUMENTS = 10;
export const DOCUMENT_BYTES = 200_000;
const AT_ONCE = 4;
const BOUNDARY = 'bench-dms-boundary';
const APPLICATION_BYTES = 3_000;

/** Sends this many applications for each town, with ten documents of 200 kB each, in turns. */
export async function sendApplications(hub: Hub, towns: readonly Town[], count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const run = Math.random().toString(36).slice(2, 8).padEnd(6, '0');
  const all = Array.from({ length: count }, (_, n) =>
    towns.map(({ unit, slug }) => ({ unit, ident: `${slug}-${run}-${n}` })),
  );
  const waiting = all.flat();
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await send(hub, agent, bodyOf(next.unit, next.ident));
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    agent.destroy();
  }
}

function bodyOf(unit: string, ident: string): Buffer {
  const files = Array.from({ length: DOCUMENTS }, (_, n) => ({
    part: `datei-${n}`,
    fileName: `Nachweis ${n}.pdf`,
    bytes: DOCUMENT_BYTES,
  }));
  const application = withFiles(applicationXml(APPLICATION_BYTES), files)
    .replace(UNIT, unit)
    .replace(IDENT, ident)
    // Another applicant each time, or all Vorgänge would have one name.
    .replace('Mustermann', `Mustermann-${ident}`);
  return Buffer.concat([
    part('application', 'application/xml', Buffer.from(application)),
    ...files.map(({ part: name }) => part(name, 'application/pdf', documentBytes())),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

/** The head of a PDF, then bytes that do not compress; others at each call. */
export function documentBytes(): Buffer {
  const bytes = randomBytes(DOCUMENT_BYTES);
  bytes.write('%PDF-1.7\n%âãÏÓ\n', 'latin1');
  return bytes;
}

function part(name: string, type: string, content: Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')]);
}

async function send(hub: Hub, agent: Agent, body: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request(
      `${hub.url}/civento/v1/applications`,
      {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${hub.token}`,
          'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
          'content-length': body.length,
        },
      },
      (response) => {
        text(response).then((said) => {
          if (response.statusCode === 202) resolve();
          else reject(new Error(`An application was answered ${response.statusCode}: ${said}`));
        }, reject);
      },
    )
      .on('error', reject)
      .end(body);
  });
}
