import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { IDENT, applicationWithFile } from './application-xml.ts';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { family, memory } from './processes.ts';
import { circumstances, table } from './report.ts';

const BYTES = 1024 ** 3;
const CHUNK = 256 * 1024;
const BOUND = 300_000_000;
const SAMPLE_MS = 100;
const PATIENCE_MS = 300_000;
const PART = 'plan';

/**
 * One file of 1 GiB through intake, vault and package. Returns the lines of the report.
 * Exit code 1 where the hub needs more memory than it may, or the file that arrives is another.
 */
export async function benchLarge(command: string): Promise<string[]> {
  const folder = await newDataFolder('large');
  const lines = circumstances(command);
  try {
    const hub = await startHub({ folder });
    const watch = new MemoryWatch(hub);
    try {
      lines.push('', ...(await way(hub, folder, watch)));
    } finally {
      await watch.stop();
      await hub.stop();
    }
    lines.push('', ...watch.report());
    return lines;
  } finally {
    await removeDataFolder(folder);
  }
}

async function way(hub: Hub, folder: string, watch: MemoryWatch): Promise<string[]> {
  watch.stage('at rest');
  await pause(1_000);
  watch.stage('intake and vault');
  const started = performance.now();
  const { sent, sha256 } = await send(hub);
  const accepted = performance.now();
  watch.stage('package');
  const file = await arrival(join(folder, 'dms/musterstadt/inbox'));
  const arrived = performance.now();
  watch.stage('after');
  const whole = (await hashOfLargest(file)) === sha256;
  await rm(file);
  if (!whole) process.exitCode = 1;
  const stage = (name: string, from: number, to: number) => {
    const seconds = (to - from) / 1000;
    return [name, seconds.toFixed(1), (BYTES / 1e6 / seconds).toFixed(0)];
  };
  return [
    ...table(
      ['1 GiB in one Anlage', 'seconds', 'MB/s'],
      [
        stage('intake: receive, check, hash, encrypt, write', started, sent),
        stage('intake: sync, commit, answer 202', sent, accepted),
        stage('package: decrypt, check, zip, sync, hand over', accepted, arrived),
      ],
    ),
    '',
    whole ? 'The file in the package is the file that was sent (SHA-256).' : 'THE FILE IN THE PACKAGE IS ANOTHER.',
  ];
}

/** Sends the file as it is made. Gives the time of its last byte and its hash. */
async function send(hub: Hub): Promise<{ sent: number; sha256: string }> {
  const boundary = 'bench-large-boundary';
  const part = (name: string, type: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  const application = applicationWithFile({ part: PART, fileName: 'Bauplan.pdf', bytes: BYTES });
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
  for (const chunk of pdfLike(BYTES)) {
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
function* pdfLike(bytes: number): Generator<Buffer, void, undefined> {
  const zero = Buffer.alloc(CHUNK);
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  const head = Buffer.from('%PDF-1.7\n%âãÏÓ\n');
  yield head;
  for (let left = bytes - head.length; left > 0; left -= CHUNK)
    yield noise.update(zero).subarray(0, Math.min(CHUNK, left));
}

async function arrival(inbox: string): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const names = await readdir(inbox).catch(() => []);
    const found = names.find((name) => name.endsWith('.xdomea') || name.endsWith('.zip'));
    if (found) return join(inbox, found);
    await pause(20);
  }
  throw new Error('No package arrived.');
}

async function hashOfLargest(file: string): Promise<string> {
  if ((await stat(file)).size < BYTES) return 'too small';
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(file, { autoClose: false });
  const open = promisify<yauzl.Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  const entries: yauzl.Entry[] = [];
  zip.on('entry', (entry: yauzl.Entry) => entries.push(entry));
  await once(zip, 'end');
  const [largest] = entries.toSorted((a, b) => b.uncompressedSize - a.uncompressedSize);
  const hash = createHash('sha256');
  for await (const chunk of await open(largest!)) hash.update(chunk);
  zip.close();
  return hash.digest('hex');
}

interface Peak {
  hub: number;
  postgres: number;
}

/** Looks every 100 ms at what the hub and PostgreSQL hold. */
class MemoryWatch {
  readonly #hub: Hub;
  readonly #peaks = new Map<string, Peak>();
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #stage = 'start';
  #highest = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#watching = this.#watch();
  }

  stage(name: string): void {
    this.#stage = name;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  report(): string[] {
    const tooMuch = this.#highest > BOUND;
    if (tooMuch) process.exitCode = 1;
    const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
    return [
      ...table(
        ['peak RSS, MB', 'hub', 'PostgreSQL'],
        [...this.#peaks].map(([stage, { hub, postgres }]) => [stage, mb(hub), mb(postgres)]),
      ),
      '',
      `The hub's peak by the kernel's own count (VmHWM) is ${mb(this.#highest)} MB; the bound is ${mb(BOUND)} MB: ` +
        (tooMuch ? 'ABOVE.' : 'kept.'),
    ];
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#look();
      await pause(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const stage = this.#stage;
    const hub = await memory(this.#hub.pid);
    const server = await Promise.all((await family(this.#hub.postgresPid)).map(memory));
    // Every process of the server maps the same shared buffers: they count once.
    const postgres = server.reduce((sum, { own }) => sum + own, 0) + Math.max(...server.map(({ shared }) => shared));
    const before = this.#peaks.get(stage) ?? { hub: 0, postgres: 0 };
    this.#peaks.set(stage, { hub: Math.max(before.hub, hub.now), postgres: Math.max(before.postgres, postgres) });
    this.#highest = Math.max(this.#highest, hub.peak);
  }
}
