import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { FakeCmis, type FakeCmisFault } from '@ozg-hub/testing';
import { bytes, codeOf } from './cmis-ground.contract.ts';
import type { CmisConnection } from './cmis-connection.port.ts';
import type { CmisObject } from './cmis-object.ts';
import { connectCmis } from './connect.ts';
import { CmisAnswer } from './refusal.ts';

const HTML = { 'content-type': 'text/html' };
const typeId = 'cmis:document';

for (const binding of ['browser', 'atompub'] as const) {
  describe(`what goes wrong by ${binding}`, () => {
    const repository = new FakeCmis();
    let cmis: CmisConnection;
    let impatient: CmisConnection;
    let folder: CmisObject;
    let count = 0;

    beforeAll(async () => {
      await repository.start();
      const authentication = { kind: 'basic', user: 'hub', password: 'hub' } as const;
      const common = { binding, url: repository.url(binding), authentication };
      cmis = connectCmis(common);
      impatient = connectCmis({ ...common, timeouts: { headers: 1500 } });
    });
    beforeEach(async () => {
      folder = await cmis.createFolder({ parentId: '100', name: `Fall ${(count += 1)}`, typeId: 'cmis:folder' });
      await cmis.typeDefinition(typeId, 'document');
    });
    afterAll(async () => {
      cmis.close();
      impatient.close();
      await repository.stop();
    });

    const document = (name: string) => ({
      parentId: folder.id,
      name,
      typeId,
      content: bytes(Buffer.from('x'.repeat(999))),
    });
    const createWith = async (fault: Omit<FakeCmisFault, 'operation'>) => {
      repository.inject({ operation: 'createDocument', ...fault });
      return await codeOf((fault.answer === 'silence' ? impatient : cmis).createDocument(document('d')));
    };
    const asked = async (operation: string) => {
      const before = repository.operations.length;
      while (!repository.operations.slice(before).includes(operation)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    test.each([
      ['the connection is reset', { effect: true, answer: 'reset' }],
      ['no answer comes', { effect: true, answer: 'silence' }],
      ['half an answer comes', { answer: 'truncated' }],
      ['the answer is cut', { answer: 'cut' }],
      [
        'a page of HTML comes with 200',
        { effect: true, answer: { status: 200, headers: HTML, body: '<html>Login</html>' } },
      ],
      ['an empty answer comes', { effect: true, answer: { status: 201, body: '' } }],
      [
        'a proxy gives up',
        { effect: true, answer: { status: 504, headers: HTML, body: '<html>Gateway Timeout</html>' } },
      ],
      ['a bare 500 comes', { effect: true, answer: { status: 500, headers: HTML, body: '<html>java.lang…</html>' } }],
    ] as const)('%s after the effect: the outcome is unknown, the probe finds the document once', async (_, fault) => {
      expect(await createWith(fault)).toBe('HUB_CMIS_OUTCOME_UNKNOWN');
      expect((await cmis.findChild(folder.id, 'd'))?.contentLength).toBe(999);
      expect((await cmis.children(folder.id)).items.length).toBe(1);
    });

    test('the connection is reset before the effect: the outcome is unknown, too, and the probe finds nothing', async () => {
      expect(await createWith({ answer: 'reset' })).toBe('HUB_CMIS_OUTCOME_UNKNOWN');
      expect(await cmis.findChild(folder.id, 'd')).toBeUndefined();
      expect((await cmis.createDocument(document('d'))).contentLength).toBe(999);
    });

    test.each([
      ['constraint', 'HUB_CMIS_CONSTRAINT', 'never'],
      ['nameConstraintViolation', 'HUB_CMIS_NAME_CONSTRAINT', 'never'],
      ['contentAlreadyExists', 'HUB_CMIS_CONTENT_EXISTS', 'never'],
      ['updateConflict', 'HUB_CMIS_UPDATE_CONFLICT', 'later'],
      ['versioning', 'HUB_CMIS_VERSIONING', 'never'],
      ['permissionDenied', 'HUB_CMIS_PERMISSION_DENIED', 'never'],
      ['objectNotFound', 'HUB_CMIS_OBJECT_NOT_FOUND', 'never'],
      ['invalidArgument', 'HUB_CMIS_INVALID_ARGUMENT', 'never'],
      ['filterNotValid', 'HUB_CMIS_FILTER_NOT_VALID', 'never'],
      ['notSupported', 'HUB_CMIS_NOT_SUPPORTED', 'never'],
      ['streamNotSupported', 'HUB_CMIS_STREAM_NOT_SUPPORTED', 'never'],
      ['runtime', 'HUB_CMIS_RUNTIME', 'later'],
      ['storage', 'HUB_CMIS_STORAGE', 'later'],
    ] as const)('the exception %s is %s, class %s, and leaves nothing', async (exception, code, errorClass) => {
      repository.inject({ operation: 'createDocument', answer: { exception } });
      const error = await cmis.createDocument(document('d')).catch((reason: unknown) => reason);
      if (!isHubError(error, code)) throw error;
      expect(error.class).toBe(errorClass);
      expect((error.cause as CmisAnswer).exception).toBe(exception);
      expect(await cmis.findChild(folder.id, 'd')).toBeUndefined();
    });

    test('an exception in a 200 is the exception', async () => {
      const body =
        binding === 'browser'
          ? JSON.stringify({ exception: 'constraint', message: 'no' })
          : '<html><!--exception-->constraint<!--/exception--><!--message-->no<!--/message--></html>';
      expect(await createWith({ answer: { status: 200, body } })).toBe('HUB_CMIS_CONSTRAINT');
    });

    test.each([
      [429, 'HUB_CMIS_TOO_MANY_REQUESTS'],
      [503, 'HUB_CMIS_UNAVAILABLE'],
    ])('%i says when to come again', async (status, code) => {
      const answer = { status, headers: { ...HTML, 'retry-after': '17' }, body: '<html></html>' };
      repository.inject({ operation: 'createDocument', answer });
      const error = await cmis.createDocument(document('d')).catch((reason: unknown) => reason);
      if (!isHubError(error, code)) throw error;
      expect([error.class, error.retryAfterSeconds]).toEqual(['later', 17]);
    });

    test('Retry-After as a date is understood, nonsense is not', async () => {
      const date = new Date(Date.now() + 60_000).toUTCString();
      for (const [header, expected] of [
        [date, expect.any(Number)],
        ['soon', undefined],
        ['999999999', 86_400],
      ] as const) {
        const answer = { status: 503, headers: { 'retry-after': header }, body: '' };
        repository.inject({ operation: 'object', answer });
        const error = await cmis.object(folder.id).catch((reason: unknown) => reason);
        if (!isHubError(error)) throw error;
        expect(error.retryAfterSeconds).toEqual(expected);
      }
    });

    test('401 in the middle pauses nothing by itself and says so; afterwards it goes on', async () => {
      repository.refuseCredentials();
      expect(await codeOf(cmis.createDocument(document('d')))).toBe('HUB_CMIS_UNAUTHENTICATED');
      repository.refuseCredentials(false);
      expect((await cmis.createDocument(document('d'))).name).toBe('d');
    });

    test('an error page of 10 MB is read only in its beginning', async () => {
      const body = `<html>${'A'.repeat(10_000_000)}</html>`;
      repository.inject({ operation: 'object', answer: { status: 500, headers: HTML, body } });
      const error = await cmis.object(folder.id).catch((reason: unknown) => reason);
      if (!isHubError(error, 'HUB_CMIS_RUNTIME')) throw error;
      expect((error.cause as CmisAnswer).serverText().length).toBe(500);
      expect((await cmis.object(folder.id)).id).toBe(folder.id);
    });

    test('a read that is answered by nothing usable may be repeated, and so may one that is cut', async () => {
      const page = { status: 200, headers: HTML, body: '<html><p>Bitte warten' };
      repository.inject({ operation: 'object', answer: page });
      expect(await codeOf(cmis.object(folder.id))).toBe('HUB_CMIS_UNREADABLE');
      repository.inject({
        operation: 'object',
        answer: { status: 404, headers: HTML, body: '<html>no such context</html>' },
      });
      expect(await codeOf(cmis.object(folder.id))).toBe('HUB_CMIS_UNREADABLE');
      repository.inject({ operation: 'object', answer: 'truncated' });
      expect(await codeOf(cmis.object(folder.id))).toBe('HUB_CMIS_UNREADABLE');
      repository.inject({ operation: 'object', answer: 'cut' });
      expect(await codeOf(cmis.object(folder.id))).toBe('HUB_CMIS_INTERRUPTED');
      repository.inject({ operation: 'object', answer: 'reset' });
      expect(await codeOf(cmis.object(folder.id))).toBe('HUB_CMIS_INTERRUPTED');
      repository.inject({ operation: 'object', answer: 'silence' });
      expect(await codeOf(impatient.object(folder.id))).toBe('HUB_CMIS_TIMEOUT');
      expect((await cmis.object(folder.id)).id).toBe(folder.id);
    });

    test('a DOCTYPE in an answer is not read', async () => {
      const body = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><entry>&y;</entry>';
      repository.inject({ operation: 'object', answer: { status: 200, body } });
      expect(await codeOf(cmis.object(folder.id))).toBe('HUB_CMIS_UNREADABLE');
    });

    test('a call is ended by its signal: a change that was sent has an unknown outcome, all else has the reason', async () => {
      const reason = new Error('lease lost');
      await expect(cmis.object(folder.id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const controller = new AbortController();
      repository.inject({ operation: 'createDocument', answer: 'silence' });
      const call = codeOf(cmis.createDocument(document('d'), { signal: controller.signal }));
      await asked('createDocument');
      controller.abort(reason);
      expect(await call).toBe('HUB_CMIS_OUTCOME_UNKNOWN');
      const during = new AbortController();
      repository.inject({ operation: 'object', answer: 'silence' });
      const reading = codeOf(cmis.object(folder.id, { signal: during.signal }));
      await asked('object');
      during.abort(reason);
      expect(await reading).toBe(String(reason));
    });

    test('an object that a user of the DMS moved is found where it is', async () => {
      const created = await cmis.createDocument(document('d'));
      const other = await cmis.createFolder({ parentId: folder.id, name: 'anderswo', typeId: 'cmis:folder' });
      repository.store.move(created.id, other.id);
      expect(await cmis.findChild(folder.id, 'd')).toBeUndefined();
      expect((await cmis.parents(created.id)).map((parent) => parent.folder.path)).toEqual([other.path]);
    });
  });
}
