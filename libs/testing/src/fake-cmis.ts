import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FakeCmisAtom } from './fake-cmis-atom.ts';
import { FakeCmisBrowser } from './fake-cmis-browser.ts';
import { type FakeObject, FakeCmisException } from './fake-cmis-model.ts';
import type { FakeReply, FakeRequest } from './fake-cmis-request.ts';
import { FakeCmisStore } from './fake-cmis-store.ts';

/** What shall go wrong, once unless `times` says more. */
export interface FakeCmisFault {
  /** As in the browser binding, whichever binding is spoken: `createFolder`, `createDocument`, `setContent`, `object`, `children` … */
  readonly operation: string;
  /** Only where `cmis:name` in the request matches. */
  readonly name?: RegExp;
  /** Let so many pass before; default 0. */
  readonly after?: number;
  /** Default 1. */
  readonly times?: number;
  /** Whether the operation takes effect all the same; default false. */
  readonly effect?: boolean;
  /**
   * `reset`: the connection is cut. `silence`: no answer, ever. `truncated`: half of the real answer; `cut`: the same, and
   * the connection is cut there (both imply the effect).
   * A reply: sent instead of the real answer. An exception: reported as the binding does.
   */
  readonly answer:
    'reset' | 'silence' | 'truncated' | 'cut' | FakeReply | { readonly exception: string; readonly message?: string };
}

export interface FakeCmisOptions {
  /** Where contents and `ledger.jsonl` go; default a folder of its own that `stop` removes. */
  readonly folder?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Default `A1`. */
  readonly repositoryId?: string;
  /** Default: any user with any password. */
  readonly credentials?: { readonly user: string; readonly password: string } | { readonly token: string };
  /** Header of a CSRF filter, with sessions by cookie. */
  readonly csrfHeader?: string;
  /** `alfresco`: existing names are contentAlreadyExists, type ids have prefixes. Default `opencmis`. */
  readonly style?: 'opencmis' | 'alfresco';
  /** Ids count from here; default 101. */
  readonly firstId?: number;
}

/** Instead of a reply. */
class Outage extends Error {
  constructor(
    readonly kind: 'reset' | 'silence' | 'cut',
    readonly reply?: FakeReply,
  ) {
    super(kind);
  }
}

interface WaitingFault extends FakeCmisFault {
  skip: number;
  left: number;
}

/** A CMIS 1.1 repository by both bindings, strict where the recorded OpenCMIS is. One process, nothing survives it but files. */
export class FakeCmis {
  private readonly server: Server = createServer((message, response) => void this.handle(message, response));
  private folder = '';
  private held: FakeCmisStore | undefined;
  private faults: WaitingFault[] = [];
  private refusing = false;
  private readonly sessions = new Map<string, string>();
  private readonly browser: FakeCmisBrowser;
  private readonly atom: FakeCmisAtom;
  /** Operations asked for, in order, whatever became of them. */
  readonly operations: string[] = [];

  constructor(private readonly options: FakeCmisOptions = {}) {
    const prefixed = options.style === 'alfresco';
    this.browser = new FakeCmisBrowser(options.repositoryId ?? 'A1', prefixed);
    this.atom = new FakeCmisAtom(options.repositoryId ?? 'A1', prefixed);
  }

  async start(): Promise<void> {
    const { folder, firstId = 101, style, port = 0 } = this.options;
    this.folder = folder ?? (await mkdtemp(join(tmpdir(), 'fake-cmis-')));
    const duplicateException = style === 'alfresco' ? 'contentAlreadyExists' : 'nameConstraintViolation';
    this.held = new FakeCmisStore({ folder: this.folder, firstId, duplicateException });
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    if (this.options.folder === undefined) await rm(this.folder, { recursive: true, force: true });
  }

  /** Address of the service document. */
  url(binding: 'browser' | 'atompub'): string {
    return `${this.origin}/${binding === 'browser' ? 'browser' : 'atom'}`;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the repository holds; to look at, and to do what a user of the DMS does. */
  get store(): FakeCmisStore {
    if (!this.held) throw new Error('The fake repository is not started.');
    return this.held;
  }

  /** Folders and documents under a path, its own children first. */
  tree(path = '/'): { readonly path: string; readonly object: FakeObject }[] {
    return this.store
      .children(this.store.byPath(path).id)
      .flatMap((object) => [{ path: this.store.pathOf(object), object }, ...this.below(object)]);
  }

  inject(fault: FakeCmisFault): void {
    this.faults.push({ ...fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  /** From now on, no credentials are accepted, or again. */
  refuseCredentials(refuse = true): void {
    this.refusing = refuse;
  }

  /** Deletes everything below the root folder, and forgets what was called. */
  async clear(): Promise<void> {
    for (const { id } of this.store.children(this.store.rootId)) await this.store.deleteTree(id);
    this.operations.length = 0;
  }

  /** Sessions and their CSRF tokens are forgotten, as by a restart of the DMS. */
  endSessions(): void {
    this.sessions.clear();
  }

  private below(object: FakeObject): { readonly path: string; readonly object: FakeObject }[] {
    return object.type.baseId === 'cmis:folder' ? this.tree(this.store.pathOf(object)) : [];
  }

  private async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', this.origin);
    const binding = url.pathname.startsWith('/atom') ? this.atom : this.browser;
    try {
      const reply = this.refused(message, response) ?? (await binding.answer(this.request(message, url)));
      await send(response, reply);
    } catch (error) {
      if (error instanceof Outage) return this.fallSilent(error, message, response);
      const exception =
        error instanceof FakeCmisException ? error : new FakeCmisException('runtime', 'Something else went wrong.');
      await send(response, binding.exception(exception)).catch(() => message.socket.destroy());
    }
  }

  private fallSilent({ kind, reply }: Outage, { socket }: IncomingMessage, response: ServerResponse): void {
    if (kind === 'silence') return;
    if (!reply) return void socket.destroy();
    const body = Buffer.from(reply.body ?? '');
    response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => socket.destroy());
  }

  private request(message: IncomingMessage, url: URL): FakeRequest {
    return {
      message,
      url,
      origin: this.origin,
      user: userOf(message),
      store: this.store,
      around: async (operation, name, run) => {
        this.operations.push(operation);
        const fault = this.faultFor(operation, name);
        if (!fault) return await run();
        return await this.fail(fault, run, url);
      },
    };
  }

  private faultFor(operation: string, name: string | undefined): FakeCmisFault | undefined {
    const fault = this.faults.find(
      (one) => one.left > 0 && one.operation === operation && (!one.name || one.name.test(name ?? '')),
    );
    if (!fault) return undefined;
    if (fault.skip > 0) {
      fault.skip -= 1;
      return undefined;
    }
    fault.left -= 1;
    return fault;
  }

  private async fail({ answer, effect }: FakeCmisFault, run: () => Promise<FakeReply>, url: URL): Promise<FakeReply> {
    const real = effect || answer === 'truncated' || answer === 'cut' ? await run() : undefined;
    if (answer === 'truncated') return { ...real!, body: (real!.body ?? '').slice(0, (real!.body ?? '').length / 2) };
    if (answer === 'cut') throw new Outage('cut', real);
    if (answer === 'reset' || answer === 'silence') throw new Outage(answer);
    if ('status' in answer) return answer;
    const exception = new FakeCmisException(answer.exception, answer.message ?? 'as told');
    return (url.pathname.startsWith('/atom') ? this.atom : this.browser).exception(exception);
  }

  private refused(message: IncomingMessage, response: ServerResponse): FakeReply | undefined {
    if (this.refusing || !this.accepts(message.headers.authorization ?? '')) {
      const headers = { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="CMIS", charset="UTF-8"' };
      return { status: 401, headers, body: '<html><body><h2>HTTP ERROR 401</h2></body></html>' };
    }
    const { csrfHeader } = this.options;
    if (csrfHeader === undefined) return undefined;
    const token = message.headers[csrfHeader.toLowerCase()];
    if (token === 'fetch') {
      const session = randomBytes(8).toString('hex');
      const fresh = randomBytes(16).toString('hex');
      this.sessions.set(session, fresh);
      response.setHeader('set-cookie', `JSESSIONID=${session}; Path=/; HttpOnly`);
      response.setHeader(csrfHeader, fresh);
      return undefined;
    }
    const session = /JSESSIONID=(\w+)/.exec(message.headers.cookie ?? '')?.[1] ?? '';
    if (token !== undefined && this.sessions.get(session) === token) return undefined;
    if (message.method !== 'GET')
      return { status: 401, headers: { 'content-type': 'text/html' }, body: '<html></html>' };
    return this.browser.exception(new FakeCmisException('permissionDenied', 'Invalid CSRF token!'));
  }

  private accepts(authorization: string): boolean {
    const { credentials } = this.options;
    if (!credentials) return authorization.startsWith('Basic ');
    if ('token' in credentials) return authorization === `Bearer ${credentials.token}`;
    const expected = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    return authorization === `Basic ${expected}`;
  }
}

async function send(response: ServerResponse, { status, headers, body, file }: FakeReply): Promise<void> {
  response.writeHead(status, headers);
  if (file === undefined) response.end(body);
  else await pipeline(createReadStream(file), response);
}

function userOf(message: IncomingMessage): string {
  const basic = /^Basic (.+)$/.exec(message.headers.authorization ?? '')?.[1];
  return basic === undefined ? 'hub' : Buffer.from(basic, 'base64').toString('utf8').split(':')[0]!;
}
