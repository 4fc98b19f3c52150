import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CmisTestEnvironment, bytes, codeOf, received } from './cmis-ground.contract.ts';
import { cmisErrorsContract } from './cmis-errors.contract.ts';
import type { CmisConnection } from './cmis-connection.port.ts';
import type { CmisObject } from './cmis-object.ts';
import { textOf } from './cmis-object.ts';

export { type CmisTestEnvironment } from './cmis-ground.contract.ts';

/** What every binding to every repository promises. */
export function cmisConnectionContract(name: string, makeEnvironment: () => Promise<CmisTestEnvironment>): void {
  describe(`${name}: a CMIS connection`, () => {
    let environment: CmisTestEnvironment;
    let cmis: CmisConnection;
    let folder: CmisObject;
    let types: CmisTestEnvironment['types'];

    beforeAll(async () => {
      environment = await makeEnvironment();
      ({ types } = environment);
      cmis = environment.connect();
      const { rootFolderId } = await cmis.repository();
      const name = `Vertrag ${randomBytes(6).toString('hex')}`;
      folder = await cmis.createFolder({ parentId: rootFolderId, name, typeId: types.folder });
    });
    afterAll(async () => {
      cmis?.close();
      await environment?.close();
    });

    test('knows the repository and its capabilities', async () => {
      const info = await cmis.repository();
      expect(info.id).toBe(environment.repositoryId);
      expect(info.cmisVersion).toMatch(/^1\.[01]$/);
      expect(info.capabilities['capabilityACL']).toBe('manage');
      expect(info.rootFolderId).not.toBe('');
    });

    test('reads type definitions with all properties, and remembers them', async () => {
      const definition = await cmis.typeDefinition(types.versionable, 'document');
      expect(definition).toMatchObject({ id: types.versionable, baseType: 'cmis:document', isVersionable: true });
      expect(definition.properties['cmis:name']).toMatchObject({ type: 'string', isMulti: false, isRequired: true });
      expect(definition.properties['cmis:secondaryObjectTypeIds']?.isMulti).toBe(true);
      expect(definition.properties['cmis:creationDate']).toMatchObject({ type: 'datetime', updatability: 'readonly' });
      expect(await cmis.typeDefinition(types.versionable, 'document')).toBe(definition);
    });

    test('creates a folder and finds it by id, path and name', async () => {
      const created = await cmis.createFolder({ parentId: folder.id, name: 'Grün & Blau', typeId: types.folder });
      expect(created).toMatchObject({
        name: 'Grün & Blau',
        baseType: 'cmis:folder',
        path: `${folder.path}/Grün & Blau`,
      });
      expect((await cmis.object(created.id)).name).toBe('Grün & Blau');
      expect((await cmis.objectByPath(`${folder.path}/Grün & Blau`)).id).toBe(created.id);
      expect((await cmis.findChild(folder.id, 'Grün & Blau'))?.id).toBe(created.id);
      expect((await cmis.findChild(folder.id, 'Gru\u0308n & Blau'))?.id).toBe(created.id);
      expect(await cmis.findChild(folder.id, 'Grün & Bla')).toBeUndefined();
      expect(await cmis.findChild(folder.id, 'a/b')).toBeUndefined();
    });

    test('creates a document with content, length known, and gives it back byte by byte', async () => {
      const content = randomBytes(300_001);
      const document = await cmis.createDocument({
        parentId: folder.id,
        name: 'Führungszeugnis Groß.pdf',
        typeId: types.document,
        content: bytes(content, { fileName: 'Führung "1".pdf' }),
      });
      expect(document).toMatchObject({ name: 'Führungszeugnis Groß.pdf', contentLength: content.length });
      expect(textOf(document.properties, 'cmis:contentStreamMimeType')).toBe('application/pdf');
      expect(textOf(document.properties, 'cmis:contentStreamFileName')).toBe('Führung "1".pdf');
      const back = await cmis.contentStream(document.id);
      expect(back.mediaType).toMatch(/^application\/pdf/);
      expect((await received(back.stream)).equals(content)).toBe(true);
    });

    test('creates a document of unknown length, chunked', async () => {
      const pieces = Array.from({ length: 200 }, () => randomBytes(1_999));
      const document = await cmis.createDocument({
        parentId: folder.id,
        name: 'chunked.bin',
        typeId: types.document,
        content: { open: () => Readable.from(pieces), mediaType: 'application/octet-stream', fileName: 'chunked.bin' },
      });
      const back = await received((await cmis.contentStream(document.id)).stream);
      expect(back.equals(Buffer.concat(pieces))).toBe(true);
    });

    test('creates documents without content and with content of no bytes', async () => {
      const none = { parentId: folder.id, name: 'ohne.txt', typeId: types.document };
      expect((await cmis.createDocument(none)).contentLength).toBeUndefined();
      const empty = await cmis.createDocument({ ...none, name: 'leer.txt', content: bytes(Buffer.alloc(0)) });
      expect(empty.contentLength ?? 0).toBe(0);
    });

    test('sets secondary types and their properties in the creating call', async () => {
      const { id, text, number } = types.secondary;
      const document = await cmis.createDocument({
        parentId: folder.id,
        name: 'herkunft.pdf',
        typeId: types.document,
        secondaryTypeIds: [id],
        properties: { [text]: `O'Hara \\ "Grün" <&> 日本`, [number]: 4711 },
        content: bytes(Buffer.from('x')),
      });
      expect(document.secondaryTypeIds).toEqual([id]);
      expect(document.properties[text]).toEqual([`O'Hara \\ "Grün" <&> 日本`]);
      expect(document.properties[number]).toEqual([4711]);
    });

    test('finds objects by a property of a secondary type and says what they are now', async () => {
      const { id, text, number } = types.secondary;
      const value = `hub-${randomBytes(8).toString('hex')}`;
      const search = {
        typeId: types.document,
        kind: 'document',
        secondaryTypeId: id,
        propertyId: text,
        value,
      } as const;
      expect(await cmis.findByProperty(search)).toEqual([]);
      const document = await cmis.createDocument({
        parentId: folder.id,
        name: `${value}.pdf`,
        typeId: types.document,
        secondaryTypeIds: [id],
        properties: { [text]: value, [number]: 1 },
      });
      expect((await cmis.findByProperty(search)).map((found) => found.id)).toEqual([document.id]);
    });

    test('updates properties, keeps secondary types, refuses an old change token', async () => {
      const { id, text, number } = types.secondary;
      const before = await cmis.createDocument({ parentId: folder.id, name: 'vorher.pdf', typeId: types.document });
      const named = await cmis.updateProperties(before.id, {
        properties: { 'cmis:name': 'nachher.pdf', [text]: 'a', [number]: 2 },
        secondaryTypeIds: [id],
        changeToken: before.changeToken,
      });
      expect(named).toMatchObject({ name: 'nachher.pdf', secondaryTypeIds: [id] });
      const again = await cmis.updateProperties(before.id, { properties: { [text]: 'ä' } });
      expect(again.properties[text]).toEqual(['ä']);
      expect(again.secondaryTypeIds).toEqual([id]);
      const stale = { properties: { [text]: 'b' }, changeToken: '0' };
      expect(await codeOf(cmis.updateProperties(before.id, stale))).toBe('HUB_CMIS_UPDATE_CONFLICT');
      const cleared = await cmis.updateProperties(before.id, { properties: { [text]: null } });
      expect(cleared.properties[text] ?? []).toEqual([]);
    });

    test('replaces content, and not where that is not wanted', async () => {
      const document = await cmis.createDocument({
        parentId: folder.id,
        name: 'inhalt.txt',
        typeId: types.document,
        content: bytes(Buffer.from('eins'), { mediaType: 'text/plain' }),
      });
      const replaced = await cmis.setContentStream(document.id, { content: bytes(Buffer.from('zweite')) });
      expect(replaced.contentLength).toBe(6);
      const kept = { content: bytes(Buffer.from('dritter')), overwrite: false };
      expect(await codeOf(cmis.setContentStream(document.id, kept))).toBe('HUB_CMIS_CONTENT_EXISTS');
      const stale = { content: bytes(Buffer.from('vierter!')), changeToken: '0' };
      expect(await codeOf(cmis.setContentStream(document.id, stale))).toBe('HUB_CMIS_UPDATE_CONFLICT');
      expect((await received((await cmis.contentStream(document.id)).stream)).toString()).toBe('zweite');
    });

    test('checks out, checks in as a new version, and gives a check-out up', async () => {
      const first = await cmis.createDocument({
        parentId: folder.id,
        name: 'akte.pdf',
        typeId: types.versionable,
        versioningState: 'major',
        ...(!environment.contentApart && { content: bytes(Buffer.from('v1')) }),
      });
      expect(first.version).toMatchObject({ label: '1.0', isMajor: true, isCheckedOut: false });
      const copy = await cmis.checkOut(first.id);
      expect(copy.version?.isWorkingCopy).toBe(true);
      expect((await cmis.object(first.id)).version).toMatchObject({ isCheckedOut: true, checkedOutId: copy.id });
      expect(await codeOf(cmis.checkOut(first.id))).toBe('HUB_CMIS_UPDATE_CONFLICT');
      const comment = 'Nachreichung für den Fall';
      const second = await cmis.checkIn(copy.id, { major: true, comment, content: bytes(Buffer.from('v2!')) });
      expect(second).toMatchObject({ contentLength: 3, version: { label: '2.0', comment, isLatest: true } });
      expect((await cmis.versions(second.id)).map(({ version }) => version?.label)).toEqual(['2.0', '1.0']);
      const third = await cmis.checkOut(second.id);
      await cmis.cancelCheckOut(third.id);
      expect(await codeOf(cmis.cancelCheckOut(third.id))).toBe('HUB_CMIS_OBJECT_NOT_FOUND');
      expect((await cmis.versions(second.id)).length).toBe(2);
    });

    test('says where an object lies', async () => {
      const inner = await cmis.createFolder({ parentId: folder.id, name: 'innen', typeId: types.folder });
      const document = await cmis.createDocument({ parentId: inner.id, name: 'a b.txt', typeId: types.document });
      const [parent] = await cmis.parents(document.id);
      expect(parent).toMatchObject({ folder: { id: inner.id, path: inner.path }, pathSegment: 'a b.txt' });
      expect((await cmis.parents(inner.id)).map((one) => one.folder.id)).toEqual([folder.id]);
      expect(await cmis.parents((await cmis.repository()).rootFolderId)).toEqual([]);
    });

    test('lists children and query results page by page', async () => {
      const list = await cmis.createFolder({ parentId: folder.id, name: 'Liste', typeId: types.folder });
      for (const name of ['1', '2', '3']) await cmis.createFolder({ parentId: list.id, name, typeId: types.folder });
      const first = await cmis.children(list.id, { maxItems: 2 });
      expect(first).toMatchObject({ hasMore: true, items: [{ baseType: 'cmis:folder' }, {}] });
      const second = await cmis.children(list.id, { maxItems: 2, skipCount: 2 });
      expect(second.hasMore).toBe(false);
      expect([...first.items, ...second.items].map(({ name }) => name).toSorted()).toEqual(['1', '2', '3']);
      const statement = `SELECT cmis:objectId, cmis:name FROM cmis:folder WHERE IN_FOLDER('${list.id}') ORDER BY cmis:name`;
      const rows = await cmis.query(statement, { maxItems: 2 });
      expect(rows.items.map((row) => textOf(row, 'cmis:name'))).toEqual(['1', '2']);
      expect(rows.hasMore).toBe(true);
    });

    test('changes who may do what', async () => {
      const document = await cmis.createDocument({ parentId: folder.id, name: 'recht.txt', typeId: types.document });
      const add = [{ principal: environment.user, permissions: ['cmis:all'] }];
      const remove = [{ principal: 'anyone', permissions: ['cmis:all'] }];
      const applied = await cmis.applyAccessControl(document.id, { add, remove });
      expect(applied).toEqual([{ principal: environment.user, permissions: ['cmis:all'], isDirect: true }]);
      expect(await cmis.accessControl(document.id)).toEqual(applied);
    });

    test('deletes, and a second time says that it is gone', async () => {
      const document = await cmis.createDocument({ parentId: folder.id, name: 'weg.txt', typeId: types.document });
      await cmis.delete(document.id);
      expect(await codeOf(cmis.delete(document.id))).toBe('HUB_CMIS_OBJECT_NOT_FOUND');
      expect(await cmis.findChild(folder.id, 'weg.txt')).toBeUndefined();
    });

    test('serves many calls at once', async () => {
      const many = await cmis.createFolder({ parentId: folder.id, name: 'viele', typeId: types.folder });
      const names = Array.from({ length: 25 }, (_, n) => `Anlage ${n}.pdf`);
      await Promise.all(
        names.map((name) =>
          cmis.createDocument({
            parentId: many.id,
            name,
            typeId: types.document,
            content: bytes(Buffer.from(name.repeat(5000))),
          }),
        ),
      );
      const { items } = await cmis.children(many.id);
      expect(items.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    });

    cmisErrorsContract(() => ({ cmis, folder, types, contentApart: environment.contentApart ?? false }));
  });
}
