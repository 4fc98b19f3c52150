import { type Stats, existsSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname, join, posix } from 'node:path';
import { FakeWebServer, type WebReply } from './fake-web-server.ts';

/** A WebDAV server on 127.0.0.1 over a folder, collection `/dav`. A PUT that is cut leaves what arrived. */
export class FakeWebDav extends FakeWebServer {
  get url(): string {
    return `${this.origin}/dav`;
  }

  protected override async answer(request: IncomingMessage, path: string): Promise<WebReply> {
    if (path !== '/dav' && !path.startsWith('/dav/')) return { status: 404 };
    const place = this.#place(path);
    switch (request.method) {
      case 'PROPFIND':
        return await this.#propfind(path, request.headers['depth'] === '1');
      case 'PUT':
        return await this.#put(request, place);
      case 'GET':
        return existsSync(place) ? { status: 200, body: await readFile(place) } : { status: 404 };
      case 'MKCOL':
        if (existsSync(place)) return { status: 405 };
        if (!existsSync(dirname(place))) return { status: 409 };
        await mkdir(place);
        return { status: 201 };
      case 'DELETE':
        if (!existsSync(place)) return { status: 404 };
        await rm(place, { recursive: true });
        return { status: 204 };
      case 'MOVE':
        return await this.#move(request, place);
      default:
        return { status: 405 };
    }
  }

  async #put(request: IncomingMessage, place: string): Promise<WebReply> {
    if (this.faults.full) return { status: 507 };
    if (!existsSync(dirname(place))) return { status: 409 };
    if (existsSync(place) && request.headers['if-none-match'] === '*') return { status: 412 };
    const file = await open(place, 'w');
    try {
      for await (const piece of this.body(request)) await file.write(piece);
    } finally {
      await file.close();
    }
    return { status: 201 };
  }

  async #move(request: IncomingMessage, from: string): Promise<WebReply> {
    if (!existsSync(from)) return { status: 404 };
    const to = this.#place(decodeURIComponent(new URL(String(request.headers['destination'])).pathname));
    if (!existsSync(dirname(to))) return { status: 409 };
    if (existsSync(to) && request.headers['overwrite'] === 'F') return { status: 412 };
    await rename(from, to);
    return { status: 201 };
  }

  async #propfind(path: string, children: boolean): Promise<WebReply> {
    const place = this.#place(path);
    const itself = await stat(place).catch(() => undefined);
    if (!itself) return { status: 404 };
    const names = children && itself.isDirectory() ? await readdir(place) : [];
    const found = await Promise.all(
      names.map(async (name) => [posix.join(path, name), await stat(join(place, name))] as const),
    );
    const all: readonly (readonly [string, Stats])[] = [[path, itself], ...found];
    const body = `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">${all.map(response).join('')}</D:multistatus>`;
    return { status: 207, headers: { 'content-type': 'application/xml; charset=utf-8' }, body };
  }

  #place(path: string): string {
    return join(this.options.root, posix.normalize(`/${path.slice('/dav'.length)}`));
  }
}

function response([path, info]: readonly [string, Stats]): string {
  const folder = info.isDirectory();
  const href = path
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => encodeURIComponent(segment))
    .join('/');
  const known = folder
    ? '<D:resourcetype><D:collection/></D:resourcetype>'
    : `<D:resourcetype/><D:getcontentlength>${info.size}</D:getcontentlength><D:getetag>"${info.mtimeMs}"</D:getetag>` +
      `<D:getlastmodified>${info.mtime.toUTCString()}</D:getlastmodified>`;
  return (
    `<D:response><D:href>${href}${folder ? '/' : ''}</D:href>` +
    `<D:propstat><D:prop>${known}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>` +
    '<D:propstat><D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>'
  );
}
