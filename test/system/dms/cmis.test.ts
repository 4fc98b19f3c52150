import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CmisConnection, type CmisConnectionOptions, connectCmis } from '@ozg-hub/cmis';
import { cmisConnectionContract } from '@ozg-hub/cmis/contract';
import { canRun } from '@ozg-hub/testing';
import { type OpenCmis, hasOpenCmisTools, startOpenCmis } from './opencmis.ts';

const secondary = { id: 'MySecondaryType', text: 'SecondaryStringProp', number: 'SecondaryIntegerProp' };
const types = { folder: 'cmis:folder', document: 'cmis:document', versionable: 'VersionableType', secondary };
const MIB = 1024 * 1024;

const variants: readonly (readonly [url: 'browser' | 'atompub' | 'csrf', more: Partial<CmisConnectionOptions>])[] = [
  ['browser', {}],
  ['csrf', { csrfHeader: 'X-CSRF-Token' }],
  ['atompub', {}],
  ['atompub', { quirks: { contentInSeparateCall: true } }],
];

const runs = canRun('system', hasOpenCmisTools(), 'dms/cmis', 'Java, Maven and unzip for the OpenCMIS server');

(runs ? describe : describe.skip)('OpenCMIS in-memory server 1.1.0', () => {
  let server: OpenCmis;
  beforeAll(async () => {
    server = await startOpenCmis();
  });
  afterAll(async () => await server?.stop());

  const connect = (url: 'browser' | 'atompub' | 'csrf', more: Partial<CmisConnectionOptions> = {}): CmisConnection =>
    connectCmis({
      binding: url === 'atompub' ? 'atompub' : 'browser',
      url: server.url(url),
      repositoryId: 'A1',
      authentication: { kind: 'basic', user: 'hub', password: 'hub' },
      ...more,
    });

  for (const [url, more] of variants) {
    cmisConnectionContract(`OpenCMIS, ${url} ${Object.keys(more.quirks ?? {}).join()}`, async () => ({
      repositoryId: 'A1',
      user: 'hub',
      types,
      contentApart: more.quirks?.contentInSeparateCall ?? false,
      connect: () => connect(url, more),
      close: async () => undefined,
    }));
  }

  for (const url of ['browser', 'atompub'] as const) {
    for (const chunked of [false, true]) {
      test(`${url}: 200 MiB go there ${chunked ? 'chunked' : 'with length'} and come back the same`, async () => {
        const cmis = connect(url);
        const { rootFolderId } = await cmis.repository();
        const piece = randomBytes(MIB);
        const hash = createHash('sha256');
        for (let n = 0; n < 200; n += 1) hash.update(piece);
        const document = await cmis.createDocument({
          parentId: rootFolderId,
          name: `200 MiB ${url} ${chunked}`,
          typeId: types.document,
          content: {
            open: () => Readable.from(repeated(piece, 200)),
            mediaType: 'application/octet-stream',
            fileName: 'groß.bin',
            ...(!chunked && { length: 200 * MIB }),
          },
        });
        expect(document.contentLength).toBe(200 * MIB);
        const back = createHash('sha256');
        for await (const chunk of (await cmis.contentStream(document.id)).stream) back.update(chunk as Buffer);
        expect(back.digest('hex')).toBe(hash.digest('hex'));
        await cmis.delete(document.id);
        cmis.close();
      });
    }

    test(`${url}: 1 GiB leaves the hub's memory flat`, async () => {
      const cmis = connect(url);
      const { rootFolderId } = await cmis.repository();
      const piece = Buffer.alloc(MIB, 'x');
      const before = process.memoryUsage.rss();
      let peak = before;
      const counted = function* () {
        for (const one of repeated(piece, 1024)) {
          peak = Math.max(peak, process.memoryUsage.rss());
          yield one;
        }
      };
      const content = {
        open: () => Readable.from(counted()),
        mediaType: 'text/plain',
        fileName: 'x',
        length: 1024 * MIB,
      };
      const document = { parentId: rootFolderId, name: `1 GiB ${url}`, typeId: types.document, content };
      const created = await cmis.createDocument(document);
      expect(created.contentLength).toBe(1024 * MIB);
      expect(peak - before).toBeLessThan(100 * MIB);
      await cmis.delete(created.id);
      cmis.close();
    });
  }
});

function* repeated(piece: Buffer, times: number): Iterable<Buffer> {
  for (let n = 0; n < times; n += 1) yield piece;
}
