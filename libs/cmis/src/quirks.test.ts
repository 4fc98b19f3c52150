import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeCmis } from '@ozg-hub/testing';
import { bytes, codeOf } from './cmis-ground.contract.ts';
import { type CmisConnection, queryText } from './cmis-connection.port.ts';
import { textOf } from './cmis-object.ts';
import { connectCmis } from './connect.ts';
import type { CmisQuirks } from './connection-options.ts';

const HTML = { 'content-type': 'text/html' };

for (const binding of ['browser', 'atompub'] as const) {
  describe(`switches by ${binding}`, () => {
    const plain = new FakeCmis();
    const alfresco = new FakeCmis({ style: 'alfresco' });
    const connections: CmisConnection[] = [];

    beforeAll(async () => {
      await plain.start();
      await alfresco.start();
    });
    afterAll(async () => {
      for (const connection of connections) connection.close();
      await plain.stop();
      await alfresco.stop();
    });
    const connect = (repository: FakeCmis, quirks: CmisQuirks): CmisConnection => {
      const authentication = { kind: 'basic', user: 'hub', password: 'hub' } as const;
      const connection = connectCmis({ binding, url: repository.url(binding), authentication, quirks });
      connections.push(connection);
      return connection;
    };

    test('omitChangeTokens: what somebody else changed is overwritten', async () => {
      const cmis = connect(plain, { omitChangeTokens: true });
      const { id } = await cmis.createDocument({ parentId: '100', name: 'token', typeId: 'cmis:document' });
      const change = { properties: { 'cmis:description': 'neu' }, changeToken: 'alt' };
      expect(textOf((await cmis.updateProperties(id, change)).properties, 'cmis:description')).toBe('neu');
      expect((await cmis.setContentStream(id, { content: bytes(Buffer.from('x')), changeToken: 'alt' })).id).toBe(id);
    });

    test('alfrescoExceptionNames: an existing name is contentAlreadyExists without the switch', async () => {
      const folder = { parentId: '100', name: 'zweimal', typeId: 'cmis:folder' };
      await connect(alfresco, {}).createFolder(folder);
      expect(await codeOf(connect(alfresco, {}).createFolder(folder))).toBe('HUB_CMIS_CONTENT_EXISTS');
      const told = connect(alfresco, { alfrescoExceptionNames: true });
      expect(await codeOf(told.createFolder(folder))).toBe('HUB_CMIS_NAME_CONSTRAINT');
    });

    test('typeIdPrefixes: filing rules name types without, calls have them', async () => {
      const folder = {
        parentId: '100',
        name: 'Vorgang 1',
        typeId: 'eakte:vorgang',
        secondaryTypeIds: ['ozg:herkunft'],
        properties: {
          'eakte:betreff': 'Hund',
          'ozg:hubId': 'h-1',
          'eakte:beteiligte': ['A', 'B'],
          'eakte:papier': false,
        },
      };
      expect(await codeOf(connect(alfresco, {}).createFolder(folder))).toBe('HUB_CMIS_OBJECT_NOT_FOUND');
      const cmis = connect(alfresco, { typeIdPrefixes: true });
      const created = await cmis.createFolder(folder);
      expect(created).toMatchObject({ typeId: 'eakte:vorgang', secondaryTypeIds: ['ozg:herkunft'] });
      expect(created.properties['eakte:beteiligte']).toEqual(['A', 'B']);
      expect(created.properties['eakte:papier']).toEqual([false]);
      expect(alfresco.store.get(created.id).type.id).toBe('eakte:vorgang');
      expect(await cmis.typeDefinition('eakte:vorgang', 'folder')).toMatchObject({ id: 'eakte:vorgang' });
      const search = { typeId: 'eakte:vorgang', kind: 'folder', secondaryTypeId: 'ozg:herkunft' } as const;
      const found = await cmis.findByProperty({ ...search, propertyId: 'ozg:hubId', value: 'h-1' });
      expect(found.map(({ id }) => id)).toEqual([created.id]);
    });

    test('addNameOnCheckIn: the name goes with the check-in', async () => {
      const cmis = connect(plain, { addNameOnCheckIn: true });
      const document = { parentId: '100', name: 'akte', typeId: 'VersionableType', versioningState: 'major' } as const;
      const copy = await cmis.checkOut((await cmis.createDocument(document)).id);
      expect(await cmis.checkIn(copy.id, { major: false })).toMatchObject({ name: 'akte', version: { label: '1.1' } });
    });

    describe('seen on the line', () => {
      const seen: string[] = [];
      let line: http.Server;
      beforeAll(async () => {
        line = http.createServer((request, response) => {
          const { method = '', url = '', headers } = request;
          seen.push(`${method} ${url}`);
          const passed = http.request(new URL(url, plain.url(binding)), { method, headers }, (answer) => {
            response.writeHead(answer.statusCode!, answer.headers);
            answer.pipe(response);
          });
          request.pipe(passed);
        });
        await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
      });
      afterAll(() => new Promise((resolve) => (line.closeAllConnections(), line.close(resolve))));
      const through = (quirks: CmisQuirks) => {
        const { port } = line.address() as AddressInfo;
        const url = new URL(new URL(plain.url(binding)).pathname, `http://127.0.0.1:${port}`).href;
        const authentication = { kind: 'basic', user: 'hub', password: 'hub' } as const;
        const cmis = connectCmis({ binding, url, authentication, quirks: { ...quirks, rewriteOrigin: true } });
        connections.push(cmis);
        return cmis;
      };

      // Like OpenCMIS, the fake offers no address for queries by AtomPub.
      const ways = binding === 'browser' ? [true, false] : [false];
      test.each(ways)('queryByGet (%s): a query goes in the address, or in the body', async (queryByGet) => {
        const cmis = through({ queryByGet });
        await cmis.createFolder({ parentId: '100', name: `gesucht ${queryByGet}`, typeId: 'cmis:folder' });
        seen.length = 0;
        const query = `SELECT * FROM cmis:folder WHERE cmis:name = 'gesucht ${queryByGet}'`;
        expect((await cmis.query(query)).items).toHaveLength(1);
        const [request] = seen;
        expect(request).toMatch(queryByGet ? /^GET .*gesucht/ : /^POST (?!.*gesucht)/);
      });

      if (binding === 'browser') return;
      test.each([true, false])(
        'objectIdOnCheckOutAddress (%s): the id goes there, too',
        async (objectIdOnCheckOutAddress) => {
          const cmis = through({ objectIdOnCheckOutAddress });
          const name = `ausgecheckt ${objectIdOnCheckOutAddress}`;
          const { id } = await cmis.createDocument({ parentId: '100', name, typeId: 'eakte:dokument' });
          seen.length = 0;
          await cmis.checkOut(id);
          const request = seen.find((one) => one.startsWith('POST'))!;
          expect(request.includes(`objectId=${encodeURIComponent(id)}`)).toBe(objectIdOnCheckOutAddress);
        },
      );
    });

    test('bareStatusCodes: a 404 without exception name means that the object is gone', async () => {
      const answer = { status: 404, headers: HTML, body: '<html>not here</html>' };
      plain.inject({ operation: 'object', answer, times: 2 });
      expect(await codeOf(connect(plain, {}).object('1'))).toBe('HUB_CMIS_UNREADABLE');
      expect(await codeOf(connect(plain, { bareStatusCodes: true }).object('1'))).toBe('HUB_CMIS_OBJECT_NOT_FOUND');
    });

    test('childrenByPathOnly: a child is not listed for', async () => {
      const before = plain.operations.length;
      expect(await connect(plain, { childrenByPathOnly: true }).findChild('100', 'keins')).toBeUndefined();
      expect(plain.operations.slice(before)).not.toContain('children');
      expect(await connect(plain, {}).findChild('100', 'keins')).toBeUndefined();
      expect(plain.operations.slice(before)).toContain('children');
    });

    test('types say what filing rules are checked against', async () => {
      const { properties } = await connect(plain, {}).typeDefinition('eakte:vorgang', 'folder');
      expect(properties['eakte:betreff']).toMatchObject({
        isRequired: true,
        maxLength: 255,
        updatability: 'readwrite',
      });
      expect(properties['eakte:aktenzeichen']?.updatability).toBe('readonly');
      const document = await connect(plain, {}).typeDefinition('eakte:dokument', 'document');
      expect(document.properties['eakte:dokumentart']?.choices).toEqual(['Antrag', 'Anlage', 'Bescheid', 'Quittung']);
      expect(document.content).toBe('allowed');
    });

    test('times are times', async () => {
      const cmis = connect(plain, {});
      const eingang = new Date('2026-08-21T08:15:30.250Z');
      const properties = { 'eakte:betreff': 'x', 'eakte:eingang': eingang };
      const created = await cmis.createFolder({ parentId: '100', name: 'Zeit', typeId: 'eakte:vorgang', properties });
      expect(created.properties['eakte:eingang']).toEqual([eingang]);
      expect(textOf(created.properties, 'eakte:eingang')).toBe('2026-08-21T08:15:30.250Z');
      expect(textOf(created.properties, 'eakte:aktenzeichen')).toMatch(/^000-\d{4}$/);
    });
  });
}

test('texts in queries cannot end their quotes', () => {
  expect(queryText(`O'Hara \\' OR 1=1`)).toBe(String.raw`'O\'Hara \\\' OR 1=1'`);
});
