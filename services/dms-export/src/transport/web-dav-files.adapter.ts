import { posix } from 'node:path';
import { Writable } from 'node:stream';
import { isHubError, newId } from '@ozg-hub/core';
import { type RequestBody, textBody, writtenBody } from '@ozg-hub/http';
import { dmsErrors } from '../errors.ts';
import type { DmsFiles, FileEntry, FolderUse } from './dms-files.port.ts';
import { type FoundEntry, childrenOf, propfindBody, readMultistatus } from './multistatus.ts';
import { type WebAnswer, type WebChannel, type WebRequest, isPage, refusalOf } from './web-channel.ts';

const LIST_BYTES = 8 * 1024 * 1024;

/** Files of a WebDAV server (RFC 4918). Paths are below the collection configured. */
export class WebDavFiles implements DmsFiles {
  readonly resumes = false;
  readonly #base: URL;

  /** @param options `url` of the collection; `contentLength`: files are made twice, to send their length first */
  constructor(
    private readonly channel: WebChannel,
    private readonly options: { readonly url: string; readonly contentLength: boolean },
  ) {
    this.#base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  }

  async list(folder: string): Promise<readonly FileEntry[] | undefined> {
    return childrenOf(await this.#propfind(this.#folderUrl(folder), '1'));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const [entry] = (await this.#propfind(this.#url(path), '0')) ?? [];
    return entry;
  }

  async read(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const answer = await this.#send({ method: 'GET', url: this.#url(path), maxBytes });
    if (answer.status !== 200 || isPage(answer)) throw this.#refusal(answer);
    if (answer.cut) throw dmsErrors.HUB_DMS_FILE_TOO_LARGE();
    return answer.bytes;
  }

  async write<T>(path: string, fill: (to: Writable) => Promise<T>): Promise<T> {
    const length = this.options.contentLength ? await lengthOf(fill) : undefined;
    const put = new CountedBody(fill, length);
    try {
      const answer = await this.#send({
        method: 'PUT',
        url: this.#url(path),
        headers: { 'if-none-match': '*' },
        body: put.body,
      });
      if (answer.status === 412) throw dmsErrors.HUB_DMS_NAME_TAKEN();
      if (answer.status !== 201 && answer.status !== 204 && answer.status !== 200) throw this.#refusal(answer);
      const entry = await this.stat(path);
      if (entry?.size !== put.bytes) {
        throw dmsErrors.HUB_DMS_INTERRUPTED({ detail: 'The file arrived with another length than it was sent with.' });
      }
      return put.result();
    } catch (error) {
      if (!isHubError(error, 'HUB_DMS_NAME_TAKEN')) await this.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const answer = await this.channel.send({
      method: 'MOVE',
      url: this.#url(from),
      headers: { destination: this.#url(to).href, overwrite: 'F' },
      changes: true,
    });
    if (answer.status === 201 || answer.status === 204) return;
    if (answer.status === 412) throw dmsErrors.HUB_DMS_NAME_TAKEN();
    if (answer.status === 404 || answer.status === 409) throw this.#refusal(answer);
    throw refusalOf(answer, true);
  }

  async makeFolder(folder: string): Promise<void> {
    const { status, ...answer } = await this.#send({ method: 'MKCOL', url: this.#folderUrl(folder) });
    if (status === 201) return;
    if (status === 409) {
      const above = posix.dirname(folder);
      if (above !== folder && above !== '.' && !(await this.stat(above))) {
        await this.makeFolder(above);
        return await this.makeFolder(folder);
      }
    }
    if ((await this.stat(folder))?.kind !== 'folder') throw this.#refusal({ status, ...answer });
  }

  async remove(path: string): Promise<void> {
    const answer = await this.#send({ method: 'DELETE', url: this.#url(path) });
    if (answer.status === 404 || (answer.status >= 200 && answer.status < 300)) return;
    throw this.#refusal(answer);
  }

  /** The server alone knows; it says so at the rename. */
  async renames(_from: string, to: string): Promise<boolean> {
    if (!(await this.stat(to))) throw missing();
    return true;
  }

  async problemOf(folder: string, use: FolderUse): Promise<string | undefined> {
    const entry = await this.stat(folder);
    if (entry?.kind !== 'folder') return entry ? 'ENOTDIR' : 'ENOENT';
    if (use === 'read') await this.list(folder);
    const probe = `${folder}/.ozg-hub-${newId()}`;
    await this.makeFolder(probe);
    await this.remove(`${probe}/`);
    return undefined;
  }

  close(): void {
    this.channel.close();
  }

  async #propfind(url: URL, depth: '0' | '1'): Promise<readonly FoundEntry[] | undefined> {
    const answer = await this.#send({
      method: 'PROPFIND',
      url,
      headers: { depth },
      body: textBody('application/xml; charset=utf-8', propfindBody),
      maxBytes: LIST_BYTES,
    });
    if (answer.status === 404) return undefined;
    if (isWithSlash(answer, url)) return await this.#propfind(new URL(`${url.href}/`), depth);
    if (answer.status !== 207) throw this.#refusal(answer);
    if (answer.cut) throw dmsErrors.HUB_DMS_UNREADABLE({ detail: 'The list of files is too long.' });
    return readMultistatus(answer.bytes.toString('utf8'), url);
  }

  /** What has no effect that could happen twice: all but the rename. */
  #send(request: Omit<WebRequest, 'changes'>): Promise<WebAnswer> {
    return this.channel.send({ ...request, changes: false });
  }

  #refusal(answer: WebAnswer): Error {
    return answer.status === 404 || answer.status === 409 ? missing() : refusalOf(answer, false);
  }

  #url(path: string): URL {
    const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
    const slash = path.endsWith('/') && segments.length > 0 ? '/' : '';
    return new URL(segments.map(encodeURIComponent).join('/') + slash, this.#base);
  }

  #folderUrl(folder: string): URL {
    return this.#url(folder.endsWith('/') ? folder : `${folder}/`);
  }
}

/** Some servers answer for a collection without slash by sending to the one with it. */
function isWithSlash({ status, headers: { location } }: WebAnswer, url: URL): boolean {
  if (status < 300 || status >= 400 || location === undefined || url.pathname.endsWith('/')) return false;
  return URL.canParse(location, url.href) && new URL(location, url).href === `${url.href}/`;
}

function missing(): Error {
  return dmsErrors.HUB_DMS_INBOX_UNAVAILABLE({ detail: 'The folder or file at the DMS is not there.' });
}

/** Counts what a writer writes, and keeps what it gives back. */
class CountedBody<T> {
  readonly body: RequestBody;
  bytes = 0;
  #results: readonly T[] = [];

  constructor(fill: (to: Writable) => Promise<T>, length: number | undefined) {
    const inner = writtenBody(
      'application/octet-stream',
      async (to) => {
        this.#results = [await fill(to)];
      },
      length,
    );
    const count = (bytes: number) => (this.bytes += bytes);
    this.body = {
      ...inner,
      pieces: async function* () {
        for await (const piece of inner.pieces()) {
          count(piece.length);
          yield piece;
        }
      },
    };
  }

  result(): T {
    return this.#results[0]!;
  }
}

/** Bytes that a writer writes. */
export async function lengthOf(fill: (to: Writable) => Promise<unknown>): Promise<number> {
  let bytes = 0;
  await fill(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done();
      },
    }),
  );
  return bytes;
}
