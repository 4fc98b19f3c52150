import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { IDENT, UNIT, applicationWithFile } from './application-xml.ts';
import type { Hub } from './hub.ts';

/** Bytes of the one large file. */
export const LARGE = 1024 ** 3;
const CHUNK = 256 * 1024;
const PART = 'plan';

/** Sends the file as it is made. Gives the time of its last byte and its hash. */
export async function sendLarge(hub: Hub, unit?: string): Promise<{ sent: number; sha256: string }> {
  const boundary = 'bench-large-boundary';
  const part = (name: string, type: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  const whole = applicationWithFile({ part: PART, fileName: 'Bauplan.pdf', bytes: LARGE });
  const application = unit ? whole.replace(UNIT, unit) : whole;
  const outgoing = request(`${hub.url}/civento/v1/applications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.token}`, 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
  const answer = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  const early = answer.then(([response]) => response);
  early.catch(() => undefined);
  outgoing.write(part('application', 'application/xml') + application.replace(IDENT, `LARGE-${Date.now()}`));
  outgoing.write(`\r\n${part(PART, 'application/pdf')}`);
  const hash = createHash('sha256');
  for (const chunk of pdfLike(LARGE)) {
    hash.update(chunk);
    if (outgoing.write(chunk)) continue;
    const refusal = await Promise.race([once(outgoing, 'drain').then(() => undefined), early]);
    if (refusal) await refused(refusal);
  }
  outgoing.end(`\r\n--${boundary}--\r\n`);
  await once(outgoing, 'finish');
  const sent = performance.now();
  const [response] = await answer;
  if (response.statusCode !== 202) await refused(response);
  response.resume();
  return { sent, sha256: hash.digest('hex') };
}

async function refused(response: IncomingMessage): Promise<never> {
  throw new Error(`The application was answered ${response.statusCode}: ${await text(response)}`);
}

/** The head of a PDF, then bytes that do not compress. */
export function* pdfLike(bytes: number): Generator<Buffer, void, undefined> {
  const zero = Buffer.alloc(CHUNK);
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  const head = Buffer.from('%PDF-1.7\n%âãÏÓ\n');
  yield head;
  for (let left = bytes - head.length; left > 0; left -= CHUNK)
    yield noise.update(zero).subarray(0, Math.min(CHUNK, left));
}
