import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeCmis } from '@ozg-hub/testing';
import { bytes, codeOf, received } from './cmis-ground.contract.ts';
import type { CmisConnection } from './cmis-connection.port.ts';
import { connectCmis } from './connect.ts';
import type { CmisConnectionOptions } from './connection-options.ts';

const MIB = 1024 * 1024;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function serve(handle: http.RequestListener): Promise<{ server: http.Server; origin: string }> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A browser binding that answers the service document and hands everything else on. */
async function scripted(
  handle: http.RequestListener,
  more: Partial<CmisConnectionOptions> = {},
  inner?: string,
): Promise<CmisConnection> {
  const { origin } = await serve((request, response) => {
    if (request.url !== '/browser') return handle(request, response);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(service(inner ?? origin)));
  });
  return connect(`${origin}/browser`, more);
}

function connect(url: string, more: Partial<CmisConnectionOptions> = {}): CmisConnection {
  const cmis = connectCmis({ binding: 'browser', url, ...more });
  cleanups.push(() => cmis.close());
  return cmis;
}

function service(origin: string): unknown {
  const names = { repositoryName: 'R', vendorName: 'V', productName: 'P', productVersion: '1' };
  const urls = { repositoryUrl: `${origin}/browser/A1`, rootFolderUrl: `${origin}/browser/A1/root` };
  return { A1: { repositoryId: 'A1', ...names, cmisVersionSupported: '1.1', rootFolderId: '100', ...urls } };
}

function folderJson(id = '7'): string {
  const property = (name: string, value: string) => ({ id: name, type: 'string', cardinality: 'single', value });
  const ids = ['cmis:objectId', 'cmis:name', 'cmis:objectTypeId', 'cmis:baseTypeId'];
  const values = [id, 'x', 'cmis:folder', 'cmis:folder'];
  return JSON.stringify({ properties: Object.fromEntries(ids.map((name, at) => [name, property(name, values[at]!)])) });
}

const document = (content: ReturnType<typeof bytes>) => ({
  parentId: '100',
  name: 'x',
  typeId: 'cmis:document',
  content,
});

describe('addresses', () => {
  test('nothing listens there: unreachable, nothing was sent', async () => {
    const { server, origin } = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect(await codeOf(connect(`${origin}/browser`).repository())).toBe('HUB_CMIS_UNREACHABLE');
    expect(await codeOf(connect('http://name.invalid/browser').repository())).toBe('HUB_CMIS_UNREACHABLE');
  });

  test('addresses of another host are refused, unless they are to be rewritten', async () => {
    const handle: http.RequestListener = (request, response) => response.end(folderJson(request.headers.host));
    const refusing = await scripted(handle, {}, 'http://dms-intern.example:8080');
    expect(await codeOf(refusing.object('1'))).toBe('HUB_CMIS_FOREIGN_ADDRESS');
    const rewriting = await scripted(handle, { quirks: { rewriteOrigin: true } }, 'http://dms-intern.example:8080');
    expect((await rewriting.object('1')).id).toMatch(/^127\.0\.0\.1:/);
  });

  test('an address that is none is told as such, in a redirect and in an answer', async () => {
    const handle: http.RequestListener = (_request, response) => {
      response.writeHead(302, { location: 'http://' }).end();
    };
    const following = await scripted(handle, { redirects: 'same-origin' });
    expect(await codeOf(following.object('1'))).toBe('HUB_CMIS_REDIRECTED');
    const lost = await scripted((_request, response) => void response.end(folderJson()), {}, 'http://[x');
    expect(await codeOf(lost.object('1'))).toBe('HUB_CMIS_UNREADABLE');
  });

  test('redirects are refused, or followed on the same host when reading; never a change', async () => {
    const handle: http.RequestListener = (request, response) => {
      const to = request.url?.includes('objectId=away') ? 'http://elsewhere.example/' : `${request.url}&moved`;
      if (request.url?.endsWith('&moved')) response.end(folderJson());
      else response.writeHead(request.method === 'GET' ? 302 : 307, { location: to }).end();
    };
    expect(await codeOf((await scripted(handle)).object('1'))).toBe('HUB_CMIS_REDIRECTED');
    const following = await scripted(handle, { redirects: 'same-origin' });
    expect((await following.object('1')).id).toBe('7');
    expect(await codeOf(following.object('away'))).toBe('HUB_CMIS_REDIRECTED');
    expect(await codeOf(following.delete('1'))).toBe('HUB_CMIS_REDIRECTED');
  });

  test('a repository is chosen by id, and must be where there are several', async () => {
    const { origin } = await serve((_, response) => {
      const { A1 } = service('http://127.0.0.1') as Record<string, object>;
      response.end(JSON.stringify({ A1, B2: { ...A1, repositoryId: 'B2' } }));
    });
    const url = `${origin}/browser`;
    expect(await codeOf(connect(url).repository())).toBe('HUB_CMIS_REPOSITORY_UNKNOWN');
    expect(await codeOf(connect(url, { repositoryId: 'C3' }).repository())).toBe('HUB_CMIS_REPOSITORY_UNKNOWN');
    expect((await connect(url, { repositoryId: 'B2' }).repository()).id).toBe('B2');
  });
});

describe('what a connection carries', () => {
  test('one socket serves many calls, and several connections share none', async () => {
    const sockets = new Set<Socket>();
    const cmis = await scripted((request, response) => {
      sockets.add(request.socket);
      response.end(folderJson());
    });
    for (let n = 0; n < 10; n += 1) await cmis.object(String(n));
    expect(sockets.size).toBe(1);
  });

  test('cookies of the repository are sent back', async () => {
    const seen: (string | undefined)[] = [];
    const cmis = await scripted((request, response) => {
      seen.push(request.headers.cookie);
      response.setHeader('set-cookie', ['JSESSIONID=abc; Path=/browser; HttpOnly', 'other=1; Path=/elsewhere']);
      response.end(folderJson());
    });
    await cmis.object('1');
    await cmis.object('1');
    expect(seen).toEqual([undefined, 'JSESSIONID=abc']);
  });

  test('a bearer token is asked for anew each time', async () => {
    const seen: (string | undefined)[] = [];
    let number = 0;
    const token = async () => `token-${(number += 1)}`;
    const cmis = await scripted(
      (request, response) => {
        seen.push(request.headers.authorization);
        response.end(folderJson());
      },
      { authentication: { kind: 'bearer', token } },
    );
    await cmis.object('1');
    await cmis.object('1');
    expect(seen).toEqual(['Bearer token-2', 'Bearer token-3']);
  });

  test('when a session ends, its CSRF token is fetched anew and the call repeated once, content and all', async () => {
    const repository = new FakeCmis({ csrfHeader: 'X-CSRF-Token', credentials: { user: 'hub', password: 'ü€' } });
    await repository.start();
    cleanups.push(() => repository.stop());
    const authentication = { kind: 'basic', user: 'hub', password: 'ü€' } as const;
    const cmis = connect(repository.url('browser'), { csrfHeader: 'X-CSRF-Token', authentication });
    await cmis.createFolder({ parentId: '100', name: 'a', typeId: 'cmis:folder' });
    repository.endSessions();
    const created = await cmis.createDocument(document(bytes(Buffer.alloc(200_000))));
    expect(created.contentLength).toBe(200_000);
    repository.refuseCredentials();
    expect(await codeOf(cmis.object('100'))).toBe('HUB_CMIS_UNAUTHENTICATED');
  });

  test('times out while connecting, without an answer, and in the middle of one', async () => {
    const timeouts = { connect: 300, headers: 300, idle: 300 };
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => silent.close(resolve)));
    const port = (silent.address() as AddressInfo).port;
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
    const tls = connect(`https://127.0.0.1:${port}/`, { timeouts });
    expect(await codeOf(tls.repository())).toBe('HUB_CMIS_UNREACHABLE');
    expect(await codeOf(connect(`http://127.0.0.1:${port}/`, { timeouts }).repository())).toBe('HUB_CMIS_TIMEOUT');
    const slow = await scripted((_, response) => void response.write('{"properties"'), { timeouts });
    expect(await codeOf(slow.object('1'))).toBe('HUB_CMIS_TIMEOUT');
  });
});

describe('what is sent and received', () => {
  test('an answer above the limit is not read on; of a change, the outcome is unknown', async () => {
    const cmis = await scripted((_, response) => response.end(`{"a":"${'x'.repeat(200_000)}"}`), {
      limits: { answerBytes: 100_000 },
    });
    expect(await codeOf(cmis.object('1'))).toBe('HUB_CMIS_ANSWER_TOO_LARGE');
    const folder = { parentId: '1', name: 'x', typeId: 'cmis:folder' };
    expect(await codeOf(cmis.createFolder(folder))).toBe('HUB_CMIS_OUTCOME_UNKNOWN');
  });

  test('an upload that is refused in the middle is not sent on', async () => {
    let sent = 0;
    const cmis = await scripted((request, response) => {
      request.once('data', () => {
        response.writeHead(413, { 'content-type': 'text/html', connection: 'close' }).end('<html>too large</html>');
      });
    });
    const open = () =>
      Readable.from(
        (function* () {
          for (; sent < 300; sent += 1) yield Buffer.alloc(MIB);
        })(),
      );
    const content = { open, length: 300 * MIB, mediaType: 'text/plain', fileName: 'x' };
    const code = await codeOf(cmis.createDocument(document(content)));
    expect(code).toMatch(/^HUB_CMIS_(?:TOO_LARGE|INTERRUPTED)$/);
    expect(sent).toBeLessThan(300);
  });

  test('a connection that breaks in the middle of an upload has had no effect: it may be repeated', async () => {
    const cmis = await scripted((request) => {
      let got = 0;
      request.on('data', (chunk: Buffer) => {
        got += chunk.length;
        if (got > MIB) request.socket.destroy();
      });
    });
    const open = () => Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(MIB)));
    for (const length of [undefined, 100 * MIB]) {
      const content = { open, mediaType: 'text/plain', fileName: 'x', ...(length !== undefined && { length }) };
      expect(await codeOf(cmis.createDocument(document(content)))).toBe('HUB_CMIS_INTERRUPTED');
    }
  });

  test('a download that is cut fails, and does not end as if it were whole', async () => {
    const cmis = await scripted((_, response) => {
      response.writeHead(200, { 'content-length': 1000, 'content-type': 'text/plain' });
      response.write('half', () => response.destroy());
    });
    const { stream, length } = await cmis.contentStream('1');
    expect(length).toBe(1000);
    expect(await codeOf(received(stream))).toBe('HUB_CMIS_INTERRUPTED');
  });

  test('a form says that its texts are UTF-8 and its length is right', async () => {
    let form = '';
    const cmis = await scripted((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => (form += chunk));
      request.on('end', () => {
        expect(Number(request.headers['content-length'])).toBe(Buffer.byteLength(form));
        response.end(folderJson());
      });
    });
    const content = bytes(Buffer.from('%PDF'), { fileName: 'Führung\r\nX: "1".pdf', mediaType: 'a/b\r\nX: y' });
    await cmis.createDocument({ ...document(content), name: 'Groß.pdf' });
    expect(form).toContain('name="propertyValue[1]"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGroß.pdf\r\n');
    expect(form).toContain(`name="content"; filename*=UTF-8''F%C3%BChrung%0D%0AX%3A%20%221%22.pdf\r\n`);
    expect(form).toContain('Content-Type: application/octet-stream\r\n');
  });

  test.each([
    ['browser', 1],
    ['atompub', 4 / 3],
  ] as const)('by %s a file is read as fast as the repository takes it, not into memory', async (binding, growth) => {
    let got = 0;
    const { origin } = await serve((request, response) => {
      got = 0;
      request.on('data', (chunk: Buffer) => (got += chunk.length));
      request.on('end', () => answer(binding, request, response, got));
    });
    const cmis = connect(`${origin}/service`, { binding });
    const piece = Buffer.alloc(MIB, 'x');
    await cmis.repository();
    got = 0;
    let ahead = 0;
    const pieces = function* () {
      for (let n = 0; n < 128; n += 1) {
        ahead = Math.max(ahead, n * MIB - got / growth);
        yield piece;
      }
    };
    const content = {
      open: () => Readable.from(pieces()),
      length: 128 * MIB,
      mediaType: 'text/plain',
      fileName: 'x',
    };
    const created = await cmis.createDocument(document(content));
    expect(Number(created.name)).toBeGreaterThan(128 * MIB * growth);
    expect(ahead).toBeLessThan(40 * MIB);
  });
});

/** Answers of a repository that keeps nothing; the name it gives is the number of bytes it got. */
function answer(
  binding: string,
  { method, url }: http.IncomingMessage,
  response: http.ServerResponse,
  got: number,
): void {
  const origin = `http://${response.req.headers.host}`;
  if (binding === 'browser') {
    response.end(url === '/service' ? JSON.stringify(service(origin)) : folderJson().replace('"x"', `"${got}"`));
    return;
  }
  const property = (id: string, value: unknown) =>
    `<cmis:propertyString propertyDefinitionId="${id}"><cmis:value>${String(value)}</cmis:value></cmis:propertyString>`;
  const entry = `<atom:entry><cmisra:type><cmis:id>t</cmis:id><cmis:baseId>cmis:document</cmis:baseId></cmisra:type>
    <atom:link rel="down" type="application/atom+xml;type=feed" href="${origin}/down"/><cmisra:object><cmis:properties>
    ${property('cmis:objectId', 7)}${property('cmis:name', got)}</cmis:properties></cmisra:object></atom:entry>`;
  const template = (type: string) =>
    `<cmisra:uritemplate><cmisra:template>${origin}/x?id={id}</cmisra:template><cmisra:type>${type}</cmisra:type></cmisra:uritemplate>`;
  const info = '<cmis:repositoryId>A1</cmis:repositoryId><cmis:rootFolderId>1</cmis:rootFolderId>';
  const workspace = `<cmisra:repositoryInfo>${info}</cmisra:repositoryInfo>${template('objectbyid')}${template('typebyid')}`;
  const service11 = `<app:service><app:workspace>${workspace}</app:workspace></app:service>`;
  response.writeHead(method === 'POST' ? 201 : 200).end(url === '/service' ? service11 : entry);
}
