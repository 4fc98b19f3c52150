import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { type CmisGround, bytes, codeOf, nothingKept } from './cmis-ground.contract.ts';
import { safeObjectName } from './object-name.ts';
import { CmisAnswer } from './refusal.ts';

const FORBIDDEN = ['/', '\\', ':', '"', '*', '?', '<', '>', '|', '\u0000', '\u0007', '\u001b', '\u0085'];

/** What a repository refuses, and what is left behind. */
export function cmisErrorsContract(ground: () => CmisGround): void {
  describe('refusals', () => {
    test('an existing name is a violation of the name constraint, for folders and documents', async () => {
      const { cmis, folder, types } = ground();
      const twice = { parentId: folder.id, name: 'zweimal', typeId: types.folder };
      await cmis.createFolder(twice);
      expect(await codeOf(cmis.createFolder(twice))).toBe('HUB_CMIS_NAME_CONSTRAINT');
      const document = { ...twice, typeId: types.document, content: bytes(Buffer.alloc(200_000)) };
      expect(await codeOf(cmis.createDocument(document))).toBe('HUB_CMIS_NAME_CONSTRAINT');
    });

    test('what does not exist is not found: object, path, parent, type', async () => {
      const { cmis, folder, types } = ground();
      const missing = 'HUB_CMIS_OBJECT_NOT_FOUND';
      expect(await codeOf(cmis.object('gibt-es-nicht'))).toBe(missing);
      expect(await codeOf(cmis.objectByPath(`${folder.path}/nicht/da`))).toBe(missing);
      expect(await codeOf(cmis.typeDefinition('gibt:es-nicht', 'document'))).toBe(missing);
      const orphan = { parentId: 'gibt-es-nicht', name: 'x', typeId: types.folder };
      expect(await codeOf(cmis.createFolder(orphan))).toBe(missing);
      const untyped = { parentId: folder.id, name: 'x', typeId: 'gibt:es-nicht' };
      expect(await codeOf(cmis.createFolder(untyped))).toBe(missing);
      expect(await cmis.findChild(folder.id, 'x')).toBeUndefined();
    });

    test('a folder that is deleted between two steps is not found', async () => {
      const { cmis, folder, types } = ground();
      const gone = await cmis.createFolder({ parentId: folder.id, name: 'gleich weg', typeId: types.folder });
      await cmis
        .createDocument({ parentId: gone.id, name: 'a', typeId: types.document })
        .then(({ id }) => cmis.delete(id));
      await cmis.delete(gone.id);
      const late = { parentId: gone.id, name: 'b', typeId: types.document, content: bytes(Buffer.from('b')) };
      expect(await codeOf(cmis.createDocument(late))).toBe('HUB_CMIS_OBJECT_NOT_FOUND');
      expect(await codeOf(cmis.findChild(gone.id, 'b'))).toBe('HUB_CMIS_OBJECT_NOT_FOUND');
    });

    test('a folder that is not empty is not deleted', async () => {
      const { cmis, folder, types } = ground();
      const full = await cmis.createFolder({ parentId: folder.id, name: 'voll', typeId: types.folder });
      await cmis.createFolder({ parentId: full.id, name: 'darin', typeId: types.folder });
      expect(await codeOf(cmis.delete(full.id))).toBe('HUB_CMIS_CONSTRAINT');
    });

    test('versions of a type without are a constraint, unknown properties and bad queries are refused', async () => {
      const { cmis, folder, types } = ground();
      const plain = { parentId: folder.id, name: 'plain', typeId: types.document };
      const versioned = { ...plain, versioningState: 'major', content: bytes(Buffer.from('x')) } as const;
      expect(await codeOf(cmis.createDocument(versioned))).toBe('HUB_CMIS_CONSTRAINT');
      const unknown = { ...plain, properties: { 'ozg:nope': '1' } };
      expect(await codeOf(cmis.createDocument(unknown))).toMatch(/^HUB_CMIS_(?:INVALID_ARGUMENT|CONSTRAINT)$/);
      expect(await codeOf(cmis.query('SELEKT * FROM cmis:document'))).toBe('HUB_CMIS_INVALID_ARGUMENT');
    });

    test('each forbidden character is refused by name or kept, never half', async () => {
      const { cmis, folder, types } = ground();
      for (const character of FORBIDDEN) {
        const name = `vor${character}nach`;
        const typeId = types.folder;
        try {
          const created = await cmis.createFolder({ parentId: folder.id, name, typeId });
          expect(created.name).toBe(name);
        } catch (error) {
          if (!isHubError(error)) throw error;
          expect(error.code).toMatch(/^HUB_CMIS_(?:INVALID_ARGUMENT|CONSTRAINT|NAME_CONSTRAINT|RUNTIME)$/);
          expect(await cmis.findChild(folder.id, name)).toBeUndefined();
        }
        const safe = safeObjectName(`${name} ${FORBIDDEN.indexOf(character)}`);
        expect((await cmis.createFolder({ parentId: folder.id, name: safe, typeId })).name).toBe(safe);
      }
    });

    test('names of 255 bytes, umlauts and emoji arrive as they are', async () => {
      const { cmis, folder, types } = ground();
      const names = [
        safeObjectName(`${'Ä'.repeat(300)}.pdf`),
        'Müller-Lüdenscheidt, Änne (geb. Straße) – Ausländerbehörde.pdf',
        `Ćirić Ÿ ẞ ő ș – “Antrag” & 'x' 100% #1 +.pdf`,
        '😀 日本.pdf',
      ];
      expect(Buffer.byteLength(names[0]!)).toBeGreaterThanOrEqual(254);
      for (const name of names) {
        const content = bytes(Buffer.from('x'), { fileName: name });
        const document = await cmis.createDocument({ parentId: folder.id, name, typeId: types.document, content });
        expect(document.name).toBe(name);
        expect((await cmis.findChild(folder.id, name))?.id).toBe(document.id);
      }
    });

    test('content that fails while it is read leaves no document and gives its own error', async () => {
      const { cmis, folder, types } = ground();
      const altered = new Error('altered in the vault');
      const open = () =>
        Readable.from(
          (async function* () {
            yield Buffer.alloc(100_000, 'a');
            yield Buffer.alloc(100_000, 'b');
            throw altered;
          })(),
        );
      for (const length of [undefined, 300_000, 200_000]) {
        const content = { open, mediaType: 'text/plain', fileName: 'x.txt', ...(length !== undefined && { length }) };
        const document = { parentId: folder.id, name: 'verändert.txt', typeId: types.document, content };
        await expect(cmis.createDocument(document)).rejects.toBe(altered);
        await nothingKept(ground(), 'verändert.txt');
      }
    });

    test('content of another length than stated leaves no document', async () => {
      const { cmis, folder, types } = ground();
      for (const length of [99_999, 100_001]) {
        const content = bytes(Buffer.alloc(100_000), { length });
        const document = { parentId: folder.id, name: 'falsche Länge', typeId: types.document, content };
        expect(await codeOf(cmis.createDocument(document))).toBe('HUB_CMIS_CONTENT_LENGTH');
        await nothingKept(ground(), 'falsche Länge');
      }
    });

    test('an error tells what the repository said, apart from its message', async () => {
      const { cmis, folder, types } = ground();
      const secret = { parentId: folder.id, name: 'Petra Geheim', typeId: types.folder };
      await cmis.createFolder(secret);
      const error = await cmis.createFolder(secret).catch((reason: unknown) => reason);
      if (!isHubError(error) || !(error.cause instanceof CmisAnswer)) throw error;
      expect(error.cause.httpStatus).toBe(409);
      expect(error.cause.serverText()).not.toBe('');
      expect(JSON.stringify([error, error.message, error.cause, error.cause.message])).not.toContain('Geheim');
    });
  });
}
