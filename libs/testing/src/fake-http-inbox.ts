import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, join } from 'node:path';
import { FakeWebServer, type WebReply } from './fake-web-server.ts';

/**
 * Takes packages by POST on 127.0.0.1: stores each under the name of its `Content-Disposition` once it is whole, and
 * tells by GET `/packages/<name>` whether it has one.
 */
export class FakeHttpInbox extends FakeWebServer {
  /** Names as they came, doubles too. */
  readonly received: string[] = [];

  get url(): string {
    return `${this.origin}/packages`;
  }

  protected override async answer(request: IncomingMessage, path: string): Promise<WebReply> {
    if (request.method === 'POST' && path === '/packages') return await this.#take(request);
    if (request.method !== 'GET' || !path.startsWith('/packages/')) return { status: 404 };
    const name = basename(path);
    return { status: this.received.includes(name) || existsSync(join(this.options.root, name)) ? 200 : 404 };
  }

  async #take(request: IncomingMessage): Promise<WebReply> {
    const name = /filename="([^"/]+)"/.exec(String(request.headers['content-disposition']))?.[1];
    if (!name) return { status: 400 };
    if (this.faults.full) return { status: 507 };
    const pieces: Buffer[] = [];
    for await (const piece of this.body(request)) pieces.push(piece);
    if (!request.complete) throw new Error('cut');
    const unfinished = join(this.options.root, `.${name}`);
    await writeFile(unfinished, Buffer.concat(pieces));
    await rename(unfinished, join(this.options.root, name));
    this.received.push(name);
    return { status: 201 };
  }
}
