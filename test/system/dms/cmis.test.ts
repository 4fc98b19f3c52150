import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CmisConnection, type CmisConnectionOptions, connectCmis } from '@ozg-hub/cmis';
import { cmisConnectionContract } from '@ozg-hub/cmis/contract';
import { canRun } from '@ozg-hub/testing/database';
import { type OpenCmis, hasOpenCmisTools, startOpenCmis } from '@ozg-hub/testing/servers';

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
    server = await startOpenCmis(1400);
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

  const ways = [
    ['browser', 'with length', {}],
    ['browser', 'chunked', {}],
    ['atompub', 'with length', {}],
    ['atompub', 'chunked', { contentInSeparateCall: true }],
  ] as const;
  for (const [url, length, quirks] of ways) {
    test(`${url}: 200 MiB go there ${length}, come back the same and leave memory flat`, async () => {
      const cmis = connect(url, { quirks });
      const { rootFolderId } = await cmis.repository();
      const piece = randomBytes(MIB);
      const hash = createHash('sha256');
      for (let n = 0; n < 200; n += 1) hash.update(piece);
      const before = process.memoryUsage.rss();
      let peak = before;
      const document = await cmis.createDocument({
        parentId: rootFolderId,
        name: `200 MiB ${url} ${length}`,
        typeId: types.document,
        content: {
          open: () => Readable.from(repeated(piece, 200, () => (peak = Math.max(peak, process.memoryUsage.rss())))),
          mediaType: 'application/octet-stream',
          fileName: 'groß.bin',
          ...(length === 'with length' && { length: 200 * MIB }),
        },
      });
      expect(document.contentLength).toBe(200 * MIB);
      expect(peak - before).toBeLessThan(100 * MIB);
      const back = createHash('sha256');
      for await (const chunk of (await cmis.contentStream(document.id)).stream) back.update(chunk as Buffer);
      expect(back.digest('hex')).toBe(hash.digest('hex'));
      await cmis.delete(document.id);
      cmis.close();
    });
  }
});

function* repeated(piece: Buffer, times: number, each: () => void): Iterable<Buffer> {
  for (let n = 0; n < times; n += 1) {
    each();
    yield piece;
  }
}
