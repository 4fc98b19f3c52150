import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { type Socket, createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applicationRequest, buildApplication, canRun } from '@ozg-hub/testing';
import { MARKER, dog, file, goodRequest } from './applications.ts';
import { type RunningHub, startHub } from './running-hub.ts';

const MIB = 1024 * 1024;
const BOUNDARY = 'ozg-hub-test';
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

let hub: RunningHub;
beforeAll(async () => {
  hub = await startHub({
    environment: {
      HUB_INTAKE_MAX_APPLICATION_MIB: '1',
      HUB_INTAKE_MAX_FILE_MIB: '8',
      HUB_INTAKE_REQUEST_MINUTES: '0.05',
    },
  });
});
afterAll(() => hub?.stop());

const application = buildApplication(
  dog({ vorgang: 'V-interrupted', anlagen: [{ part: 'plan', role: 'Anlage', fileName: 'plan.pdf' }] }),
);
/** A good application and the beginning of its file. */
const beginning = [
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="application"\r\n\r\n${application}\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="plan"; filename="plan.pdf"\r\n\r\n%PDF-1.7\n`,
].join('');

/** A connection whose request is written by hand. */
class Sender {
  readonly socket: Socket;
  #received = '';

  constructor(headers: Readonly<Record<string, string>>) {
    const { hostname, port } = new URL(hub.url);
    this.socket = createConnection(Number(port), hostname);
    this.socket.on('data', (chunk: Buffer) => (this.#received += chunk.toString()));
    // Who goes on sending for ever is cut off in the end.
    this.socket.on('error', () => undefined);
    const all = {
      host: 'hub',
      authorization: `Bearer ${hub.host.operatorToken}`,
      'content-type': MULTIPART,
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`POST /civento/v1/applications HTTP/1.1\r\n${lines.join('')}\r\n`);
  }

  /** What the hub has answered up to now; undefined before it has answered whole. */
  get answer(): { status: number; code: string } | undefined {
    const [head, body = ''] = this.#received.split('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(head!)?.[1];
    if (length === undefined || Buffer.byteLength(body) < Number(length)) return undefined;
    return { status: Number(head!.split(' ')[1]), code: (JSON.parse(body) as { code: string }).code };
  }

  /** At the pace of the hub. */
  async write(bytes: Buffer | string): Promise<void> {
    if (this.socket.destroyed || this.socket.write(bytes)) return;
    await new Promise<void>((resume) => {
      const over = () => {
        this.socket.off('drain', over).off('close', over);
        resume();
      };
      this.socket.on('drain', over).on('close', over);
    });
  }

  async closed(): Promise<void> {
    if (!this.socket.destroyed) await once(this.socket, 'close');
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10);
}

describe('a request that is too large', () => {
  test.each([
    ['XML', 'application/xml', `<Antrag>${MARKER}`, 1 * MIB],
    ['a file', MULTIPART, beginning, 8 * MIB],
  ])('is answered while it is still being sent: %s', async (_, type, start, limit) => {
    const sender = new Sender({ 'content-type': type, 'content-length': String(4_096 * MIB) });
    await sender.write(start);
    let sent = 0;
    for (const chunk = Buffer.alloc(65_536, 0x61); !sender.answer; sent += chunk.length) await sender.write(chunk);
    expect(sender.answer).toEqual({ status: 413, code: 'HUB_INTAKE_TOO_LARGE' });
    // What the sockets hold on the way comes to a few MiB; the body has four thousand.
    expect(sent).toBeLessThan(limit + 32 * MIB);
    expect(await hub.stored()).toEqual({ rows: 0, files: [] });
    // Whoever sends on regardless is cut off.
    while (!sender.socket.destroyed) await sender.write(Buffer.alloc(65_536));
  });
});

describe('a sender that writes all before it reads', () => {
  test.each([
    ['without key', { authorization: '' }, 401, 'HUB_KEY_MISSING'],
    ['with another type', { 'content-type': 'image/png' }, 415, 'HUB_INTAKE_MEDIA_TYPE'],
    ['too much', { 'content-type': 'application/xml' }, 413, 'HUB_INTAKE_TOO_LARGE'],
  ])('gets to read the answer: %s', async (_, headers, status, code) => {
    const total = 20 * MIB;
    const sender = new Sender({ ...headers, 'content-length': String(total) });
    sender.socket.pause();
    const chunk = Buffer.alloc(65_536, 0x61);
    for (let sent = 0; sent < total; sent += chunk.length) await sender.write(chunk);
    expect(sender.socket.destroyed).toBe(false);
    sender.socket.resume();
    await sender.closed();
    expect(sender.answer).toEqual({ status, code });
  });
});

describe('a sender that stops half way', () => {
  test('leaves nothing behind: no file and no row', async () => {
    const sender = new Sender({ 'content-length': String(100 * MIB) });
    await sender.write(beginning);
    await sender.write(Buffer.alloc(2 * MIB, 0x61));
    await until(async () => (await hub.stored()).files.length === 1);
    sender.socket.destroy();
    await until(async () => (await hub.stored()).files.length === 0);
    expect(await hub.stored()).toEqual({ rows: 0, files: [] });
  });

  test('inside the application leaves nothing behind either', async () => {
    const sender = new Sender({ 'content-type': 'application/xml', 'content-length': '100000' });
    sender.socket.end(application.slice(0, 200));
    await sender.closed();
    expect(sender.answer?.status ?? 400).toBe(400);
    expect(await hub.stored()).toEqual({ rows: 0, files: [] });
  });

  test('without closing is answered when its time is over', async () => {
    const sender = new Sender({ 'content-length': String(100 * MIB) });
    await sender.write(beginning);
    await sender.write(Buffer.alloc(2 * MIB, 0x61));
    await until(async () => sender.answer !== undefined);
    expect(sender.answer).toEqual({ status: 408, code: 'HUB_INTAKE_TOO_SLOW' });
    sender.socket.destroy();
    expect(await hub.stored()).toEqual({ rows: 0, files: [] });
  });
});

const canMount = canRun('root', process.getuid?.() === 0 && mountable(), 'full disk', 'root and mount');

function mountable(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

(canMount ? describe : describe.skip)('a full disk', () => {
  test('is 507 with nothing stored, and the hub goes on by itself when there is room', async () => {
    const vault = join(hub.dataDir, 'vault');
    await mkdir(vault, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', vault]);
    try {
      const filler = join(vault, 'filler');
      await writeFile(filler, Buffer.alloc(3 * MIB));
      const plan = file('plan', Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(2 * MIB)]));
      const large = await applicationRequest(dog({ vorgang: 'V-full' }), [plan]);
      const refused = await hub.push(large.body());
      expect([refused.status, refused.json.code]).toEqual([507, 'HUB_VAULT_FULL']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await hub.stored()).toEqual({ rows: 0, files: ['filler'] });
      // Small ones go to the database and on.
      expect((await hub.push((await goodRequest('V-small')).body())).status).toBe(202);
      await rm(filler);
      expect((await hub.push(large.body())).status).toBe(202);
    } finally {
      execFileSync('umount', ['-l', vault]);
    }
  });
});
