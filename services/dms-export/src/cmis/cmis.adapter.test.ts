import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DeliveryFailure } from '@ozg-hub/delivery';
import { type FakeObject, FakeCmis } from '@ozg-hub/testing';
import { vaultErrors } from '@ozg-hub/vault';
import { sampleDocument } from '../sample-envelope.ts';
import { SampleExchange, type SampleWorkOptions } from '../sample-exchange.ts';
import { SampleFiling, type SampleWorld, sampleRules, sampleVorgang as VORGANG } from './sample-repository.ts';

const YEAR = '/22.14.03/2026';

for (const binding of ['browser', 'atompub'] as const) {
  describe(`filing by ${binding}`, () => {
    const repository = new FakeCmis();
    const filing = new SampleFiling(() => ({ binding, url: repository.url(binding) }));

    beforeAll(() => repository.start());
    afterEach(async () => {
      await repository.clear();
      await filing.renew();
    });
    afterAll(() => repository.stop());

    const adapterIn = (world?: Partial<SampleWorld>) => filing.adapterIn(world);
    const work = (options?: SampleWorkOptions) => filing.work(options);
    const another = () => new SampleExchange('0198c0de-2222-7000-8000-000000000002').work();
    const tree = (path?: string) => repository.tree(path).map((each) => each.path);
    const failureOf = async (call: Promise<unknown>) => {
      const failure = await call.catch((error: unknown) => error);
      if (!(failure instanceof DeliveryFailure)) throw failure;
      return failure;
    };

    test('makes folders, Vorgang and every document, with types and properties', async () => {
      const outcome = await adapterIn().deliver(work());
      const files = ['Antrag Größ.pdf', 'Antragsdaten.xml', 'Impfnachweis.jpg', 'Nachweis.jpg'];
      expect(tree()).toEqual(['/22.14.03', YEAR, VORGANG, ...files.map((name) => `${VORGANG}/${name}`)]);
      const folder = repository.store.byPath(VORGANG);
      const aktenzeichen = expect.stringMatching(/^22\.14\.03-/);
      expect(outcome).toEqual({ state: 'CONFIRMED', objectId: folder.id, aktenzeichen });
      expect(propertiesOf(folder)).toMatchObject({
        'cmis:objectTypeId': ['eakte:vorgang'],
        'eakte:eingang': [new Date('2026-08-21T21:30:00Z')],
        'eakte:beteiligte': ['Größ, Änne', 'Tierheim e. V.'],
        'eakte:papier': [false],
        'ozg:hubId': [filing.exchange.id],
      });
      expect(folder.aces).toContainEqual(expect.objectContaining({ principal: 'steueramt' }));
      const antrag = repository.store.byPath(`${VORGANG}/Antrag Größ.pdf`);
      expect(antrag.content).toMatchObject({ length: 1002, mediaType: 'application/pdf', fileName: 'Antrag Größ.pdf' });
      expect(propertiesOf(antrag)).toMatchObject({ 'eakte:eingang': [new Date('2026-08-21T00:00:00Z')] });
    });

    test('keeps ids in its steps, no names', async () => {
      await adapterIn().deliver(work());
      expect(JSON.stringify([...filing.exchange.steps])).not.toMatch(/Größ|Waldi|Antrag|Nachweis/);
    });

    test('needs no rules of its own: plain folders and documents, named by the Betreff', async () => {
      const outcome = await adapterIn({ rules: {}, settings: { hubId: undefined } }).deliver(work());
      expect(tree().slice(0, 2)).toEqual(['/22.14.03', VORGANG.replace('/2026', '')]);
      expect(tree()).toHaveLength(6);
      expect(repository.tree().map(({ object }) => object.type.id)).toContain('cmis:folder');
      expect(outcome).toEqual({ state: 'CONFIRMED', objectId: expect.any(String) });
    });

    test('two citizens of one name on one day get two folders, one exchange never two', async () => {
      const adapter = adapterIn();
      const [one, other] = await Promise.all([adapter.deliver(work()), adapter.deliver(another())]);
      expect(one!.objectId).not.toBe(other!.objectId);
      const folders = repository.store.children(repository.store.byPath(YEAR).id);
      expect(folders.map((folder) => repository.store.pathOf(folder))).toEqual([VORGANG, `${VORGANG} (2)`]);
      expect(folders.map(({ id }) => repository.store.children(id).length)).toEqual([4, 4]);
      const third = new SampleExchange('0198c0de-3333-7000-8000-000000000003');
      expect(await adapter.deliver(third.work())).toBeDefined();
      expect(tree(YEAR).filter((path) => path.split('/').length === 4)).toHaveLength(3);
    });

    test('refuses a taken name where the rules say so', async () => {
      const adapter = adapterIn({ rules: sampleRules({ collision: 'refuse' }) });
      await adapter.deliver(work());
      const failure = await failureOf(adapter.deliver(another()));
      expect([failure.code, failure.failure]).toEqual(['HUB_DMS_CMIS_NAME_TAKEN', 'PERMANENT']);
    });

    test.each([
      ['forbidden characters', 'a/b\\c:d*e?f"g<h>i|j', /^Hundesteuer .*a_b_c_d_e_f_g_h_i_j/],
      ['255 bytes and more', 'ü'.repeat(300), /^Hundesteuer .*ü+…?/],
      ['nothing but dots and blanks', ' .. . ', /^Hundesteuer/],
    ])('a name of %s becomes one that the repository takes', async (_name, familienname, expected) => {
      const applicant = { kind: 'natuerlich' as const, vornamen: '', familienname };
      const documents = [
        sampleDocument(2, `${familienname}.pdf`, { role: 'Antragsdokument', title: `${familienname}\u0001` }),
        sampleDocument(3, `${familienname}.pdf`),
      ];
      const rules = sampleRules({ vorgang: { name: 'Hundesteuer {{applicant}} {{applicant}} {{applicant}}' } });
      const adapter = adapterIn({ envelope: { applicant, documents }, rules });
      await adapter.deliver(work());
      await adapter.deliver(another());
      const names = tree(YEAR).map((path) => path.split('/').at(-1)!);
      expect(names).toHaveLength(8);
      expect(new Set(tree(YEAR)).size).toBe(8);
      for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(names[0]).toMatch(expected);
    });

    test('a name that somebody gave a folder meanwhile is not ours', async () => {
      const otherProcess = adapterIn();
      const meanwhile = async (step: string) => {
        if (step === 'vorgang' && tree(YEAR).length === 0) await otherProcess.deliver(another());
      };
      await adapterIn().deliver(work({ meanwhile }));
      expect(tree(YEAR).filter((path) => path.endsWith('Antrag Größ.pdf'))).toHaveLength(2);
    });

    test.each([
      ['constraint', 'PERMANENT', 'HUB_CMIS_CONSTRAINT'],
      ['nameConstraintViolation', 'PERMANENT', 'HUB_CMIS_NAME_CONSTRAINT'],
      ['contentAlreadyExists', 'PERMANENT', 'HUB_CMIS_CONTENT_EXISTS'],
      ['versioning', 'PERMANENT', 'HUB_CMIS_VERSIONING'],
      ['permissionDenied', 'PERMANENT', 'HUB_CMIS_PERMISSION_DENIED'],
      ['invalidArgument', 'PERMANENT', 'HUB_CMIS_INVALID_ARGUMENT'],
      ['notSupported', 'PERMANENT', 'HUB_CMIS_NOT_SUPPORTED'],
      ['updateConflict', 'TRANSIENT', 'HUB_CMIS_UPDATE_CONFLICT'],
      ['runtime', 'TRANSIENT', 'HUB_CMIS_RUNTIME'],
      ['storage', 'TRANSIENT', 'HUB_CMIS_STORAGE'],
    ] as const)('the exception %s is %s and says what is in the repository already', async (exception, kind, code) => {
      repository.inject({ operation: 'createDocument', after: 1, answer: { exception, message: 'Größ, Änne' } });
      const adapter = adapterIn();
      const failure = await failureOf(adapter.deliver(work()));
      expect([failure.failure, failure.code]).toEqual([kind, code]);
      expect(failure.excerpt).toContain(`folder ${repository.store.byPath(VORGANG).id} with 1 documents`);
      expect(failure.excerpt).not.toContain('Größ');
      await adapter.deliver(work());
      expect(tree(VORGANG)).toHaveLength(4);
    });

    test.each([
      [429, 'HUB_CMIS_TOO_MANY_REQUESTS'],
      [503, 'HUB_CMIS_UNAVAILABLE'],
    ])('%i waits as long as the repository says', async (status, code) => {
      const answer = { status, headers: { 'retry-after': '17' }, body: '' };
      repository.inject({ operation: 'createDocument', answer });
      const failure = await failureOf(adapterIn().deliver(work()));
      expect([failure.failure, failure.code, failure.retryAfterSeconds]).toEqual(['RATE_LIMITED', code, 17]);
    });

    test('an exception in a 200 is that exception', async () => {
      const body =
        binding === 'browser'
          ? JSON.stringify({ exception: 'constraint', message: 'no' })
          : '<html><!--exception-->constraint<!--/exception--><!--message-->no<!--/message--></html>';
      repository.inject({ operation: 'createFolder', after: 2, answer: { status: 200, body } });
      const failure = await failureOf(adapterIn().deliver(work()));
      expect([failure.failure, failure.code]).toEqual(['PERMANENT', 'HUB_CMIS_CONSTRAINT']);
    });

    test.each([
      ['altered', () => Promise.reject(vaultErrors.HUB_VAULT_CORRUPT()), 'HUB_VAULT_CORRUPT'],
      ['altered in its middle', () => brokenStream(), 'HUB_VAULT_CORRUPT'],
      ['cut', () => Readable.from([Buffer.from('short')], { objectMode: false }), 'HUB_CMIS_CONTENT_LENGTH'],
    ])(
      'a document that was %s in the vault parks the delivery; no part of it is filed',
      async (_name, spoilt, code) => {
        const contentOf = (ref: string) =>
          ref.endsWith('3')
            ? spoilt()
            : Readable.from([Buffer.alloc(1000 + Number(ref.at(-1)))], { objectMode: false });
        const failure = await failureOf(adapterIn({ contentOf }).deliver(work()));
        expect([failure.failure, failure.code]).toEqual(['PERMANENT', code]);
        expect(failure.excerpt).toMatch(/In the repository already: folder \d+ with 0 documents/);
        expect(tree(VORGANG)).toEqual([]);
      },
    );

    test('documents that nobody scanned are held; nothing is asked of the repository', async () => {
      const failure = await failureOf(adapterIn({ notScanned: 'hold' }).deliver(work()));
      expect(failure.code).toBe('HUB_DMS_DOCUMENT_HELD');
      expect(repository.operations).toEqual([]);
    });

    test('a root folder that is not there, or another repository, pauses the target', async () => {
      const other = await failureOf(adapterIn({ settings: { repositoryId: 'B2' } }).deliver(work()));
      expect([other.failure, other.code]).toEqual(['AUTH', 'HUB_CMIS_REPOSITORY_UNKNOWN']);
      const failure = await failureOf(adapterIn({ settings: { rootFolder: '/Antraege' } }).deliver(work()));
      expect([failure.failure, failure.code]).toEqual(['AUTH', 'HUB_DMS_CMIS_ROOT']);
    });

    test('a value of another type than the rules say parks the delivery and names the property', async () => {
      const vorgang = { properties: { 'eakte:papier': { boolean: 'fachdaten.Hund.Name' } } };
      const failure = await failureOf(adapterIn({ rules: sampleRules({ vorgang }) }).deliver(work()));
      expect([failure.failure, failure.code]).toEqual(['PERMANENT', 'HUB_DMS_CMIS_VALUE']);
      expect(failure.excerpt).toContain('eakte:papier');
    });

    test('all files in one container, also after a lost answer', async () => {
      const adapter = adapterIn({ rules: sampleRules({ container: { name: 'Antrag {{vorgang}}.zip' } }) });
      await expect(adapter.deliver(work({ dieAfter: 'document:1' }))).rejects.toThrow('died');
      await adapter.deliver(work());
      expect(tree(VORGANG)).toEqual([`${VORGANG}/Antrag CIV-2026-000123.zip`]);
      const { content } = repository.store.byPath(`${VORGANG}/Antrag CIV-2026-000123.zip`);
      expect(content).toMatchObject({ mediaType: 'application/zip' });
      expect(content!.length).toBeGreaterThan(300);
    });

    test('credentials that changed are asked anew after a 401', async () => {
      const adapter = adapterIn();
      repository.refuseCredentials();
      await failureOf(adapter.deliver(work()));
      repository.refuseCredentials(false);
      expect(await adapter.deliver(work())).toMatchObject({ state: 'CONFIRMED' });
    });
  });
}

function propertiesOf({ properties }: FakeObject): Record<string, unknown> {
  return Object.fromEntries(properties);
}

function brokenStream(): Readable {
  async function* pieces() {
    yield Buffer.alloc(500);
    throw vaultErrors.HUB_VAULT_CORRUPT();
  }
  return Readable.from(pieces(), { objectMode: false });
}
