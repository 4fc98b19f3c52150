import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { DeliveryFailure } from '@ozg-hub/delivery';
import { type FakeCmisFault, FakeCmis } from '@ozg-hub/testing';
import { SampleExchange, type SampleWorkOptions } from '../sample-exchange.ts';
import {
  SampleFiling,
  type SampleWorld,
  sampleFiled as FILED,
  sampleHubId,
  sampleVorgang as VORGANG,
} from './sample-repository.ts';

const STEPS = [
  'folder:1',
  'folder:2',
  'name:1',
  'vorgang',
  'document:1',
  'document:2',
  'document:3',
  'document:4',
  'acl',
];

for (const binding of ['browser', 'atompub'] as const) {
  describe(`filing by ${binding}`, () => {
    const repository = new FakeCmis();
    const filing = new SampleFiling(() => ({ binding, url: repository.url(binding) }));

    beforeAll(() => repository.start());
    afterEach(async () => {
      repository.refuseCredentials(false);
      await empty();
    });
    afterAll(() => repository.stop());

    const empty = async () => {
      await repository.clear();
      await filing.renew();
    };
    const adapterIn = (world?: Partial<SampleWorld>) => filing.adapterIn(world);
    const work = (options?: SampleWorkOptions) => filing.work(options);
    const tree = () => repository.tree().map(({ path }) => path);
    const contents = () =>
      repository.tree().map(({ path, object }) => ({ path, type: object.type.id, sha256: object.content?.sha256 }));
    const created = () => repository.operations.filter((operation) => operation.startsWith('create'));

    describe.each([
      ['with a hub id', { hubId: sampleHubId }],
      ['without a hub id', { hubId: undefined }],
    ])('%s', (_name, settings) => {
      const expected = async () => {
        await adapterIn({ settings }).deliver(work());
        const filed = contents();
        await empty();
        return filed;
      };

      test('a crash before each step: filed once', async () => {
        const once = await expected();
        for (const step of STEPS) {
          const adapter = adapterIn({ settings });
          await expect(adapter.deliver(work({ dieBefore: step }))).rejects.toThrow('died');
          expect([step, await adapter.probe(work())]).toEqual([step, { verdict: 'NOT_EFFECTIVE' }]);
          expect(await adapter.deliver(work())).toMatchObject({ state: 'CONFIRMED' });
          expect([step, contents()]).toEqual([step, once]);
          expect(await adapter.probe(work())).toMatchObject({ verdict: 'EFFECTIVE', outcome: { state: 'CONFIRMED' } });
          await empty();
        }
      });
    });

    test('a crash after each step, before its result is stored: filed once, nothing made twice', async () => {
      await adapterIn().deliver(work());
      const once = contents();
      const calls = created();
      await empty();
      for (const step of STEPS) {
        const adapter = adapterIn();
        await expect(adapter.deliver(work({ dieAfter: step }))).rejects.toThrow('died');
        expect([step, await adapter.probe(work())]).toEqual([step, { verdict: 'NOT_EFFECTIVE' }]);
        const outcome = await adapter.deliver(work());
        expect([step, contents(), created()]).toEqual([step, once, calls]);
        expect(outcome).toMatchObject({ objectId: repository.store.byPath(VORGANG).id });
        await empty();
      }
    });

    test('without a hub id, a folder of the name that nobody can tell apart is a question for a person', async () => {
      const adapter = adapterIn({ settings: { hubId: undefined } });
      await expect(adapter.deliver(work({ dieAfter: 'vorgang' }))).rejects.toThrow('died');
      expect(await adapter.probe(work())).toEqual({ verdict: 'UNKNOWN', code: 'HUB_DMS_CMIS_AMBIGUOUS' });
      await expect(adapter.deliver(work())).rejects.toMatchObject({ code: 'HUB_DMS_CMIS_AMBIGUOUS', class: 'ask' });
    });

    test('without a hub id, a document in our own folder is known by name, type and length', async () => {
      const adapter = adapterIn({ settings: { hubId: undefined } });
      for (const step of STEPS.filter((name) => name.startsWith('document'))) {
        await expect(adapter.deliver(work({ dieAfter: step }))).rejects.toThrow('died');
        expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
        await adapter.deliver(work());
        expect(tree()).toEqual(FILED);
        await empty();
      }
    });

    const lost: readonly (readonly [string, Omit<FakeCmisFault, 'operation'>])[] = [
      ['reset after the effect', { effect: true, answer: 'reset' }],
      ['reset before the effect', { answer: 'reset' }],
      ['cut', { answer: 'cut' }],
      [
        'a page of HTML',
        { effect: true, answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Login</html>' } },
      ],
    ];
    test.each(lost)('an answer that is lost (%s): in doubt, then filed once', async (_name, fault) => {
      for (const [operation, after] of [
        ['createFolder', 0],
        ['createFolder', 2],
        ['createDocument', 0],
        ['createDocument', 3],
      ] as const) {
        const adapter = adapterIn();
        repository.inject({ operation, after, ...fault });
        await expect(adapter.deliver(work())).rejects.toMatchObject({ code: 'HUB_CMIS_OUTCOME_UNKNOWN', class: 'ask' });
        expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
        expect(await adapter.deliver(work())).toMatchObject({ state: 'CONFIRMED' });
        expect([operation, after, tree()]).toEqual([operation, after, FILED]);
        await empty();
      }
    });

    describe('what a user of the DMS did in between', () => {
      const idOf = (path: string): string => repository.store.byPath(path).id;
      const rename = (path: string, name: string): void =>
        void repository.store.byPath(path).properties.set('cmis:name', [name]);

      interface Act {
        readonly name: string;
        readonly act: () => Promise<void> | void;
        readonly code: string;
      }
      const acts: readonly Act[] = [
        {
          name: 'moved',
          act: () => repository.store.move(idOf(VORGANG), idOf('/22.14.03')),
          code: 'HUB_DMS_CMIS_MOVED',
        },
        { name: 'renamed', act: () => rename(VORGANG, 'Erledigt'), code: 'HUB_DMS_CMIS_MOVED' },
        { name: 'deleted', act: () => repository.store.deleteTree(idOf(VORGANG)), code: 'HUB_DMS_CMIS_GONE' },
      ];
      test.each(acts)('$name the folder after the process died: a question for a person', async ({ act, code }) => {
        for (const dieAfter of code === 'HUB_DMS_CMIS_GONE' ? ['document:2'] : ['vorgang', 'document:2']) {
          const adapter = adapterIn();
          await expect(adapter.deliver(work({ dieAfter }))).rejects.toThrow('died');
          await act();
          expect(await adapter.probe(work())).toEqual({ verdict: 'UNKNOWN', code });
          await expect(adapter.deliver(work())).rejects.toMatchObject({ code, class: 'ask' });
          await empty();
        }
      });

      const document = `${VORGANG}/Impfnachweis.jpg`;
      const documentActs: readonly Omit<Act, 'code'>[] = [
        { name: 'moved', act: () => repository.store.move(idOf(document), idOf('/22.14.03')) },
        { name: 'renamed', act: () => rename(document, 'Impfung.jpg') },
      ];
      test.each(documentActs)('$name the document whose answer was lost: a question for a person', async ({ act }) => {
        const adapter = adapterIn();
        await expect(adapter.deliver(work({ dieAfter: 'document:1' }))).rejects.toThrow('died');
        await act();
        expect(await adapter.probe(work())).toEqual({ verdict: 'UNKNOWN', code: 'HUB_DMS_CMIS_MOVED' });
        await expect(adapter.deliver(work())).rejects.toMatchObject({ code: 'HUB_DMS_CMIS_MOVED' });
      });

      test.each(['vorgang', 'document:2', 'acl'])(
        'deleted the folder before the step %s: a question',
        async (before) => {
          const adapter = adapterIn();
          const path = before === 'vorgang' ? '/22.14.03/2026' : VORGANG;
          const meanwhile = async (step: string) => {
            if (step === before) await repository.store.deleteTree(idOf(path));
          };
          const failure = await adapter.deliver(work({ meanwhile })).catch((error: unknown) => error);
          const code = 'HUB_DMS_CMIS_GONE';
          expect(failure).toMatchObject({ code });
          expect(await adapter.probe(work())).toEqual({ verdict: 'UNKNOWN', code });
        },
      );

      test('moved or renamed what was filed as a whole: that is their business', async () => {
        const adapter = adapterIn();
        await adapter.deliver(work());
        rename(VORGANG, 'Erledigt');
        expect(await adapter.probe(work())).toMatchObject({ verdict: 'EFFECTIVE' });
      });
    });

    describe.each([
      ['with a hub id', { hubId: sampleHubId }],
      ['without a hub id', { hubId: undefined }],
    ])('a later document, %s,', (_name, settings) => {
      test('goes into the folder of its case once, wherever that lies by now', async () => {
        const { objectId } = await adapterIn({ settings }).deliver(work());
        repository.store.move(objectId!, repository.store.rootId);
        for (const death of ['vorgang', 'document:1', 'document:4']) {
          const exchange = new SampleExchange(newId());
          const later = (options?: SampleWorkOptions) => exchange.work({ ...options, event: 'nachreichung' });
          const before = repository.store.children(objectId!).length;
          const adapter = adapterIn({ settings, known: { objectId: objectId! } });
          await expect(adapter.deliver(later({ dieBefore: death }))).rejects.toThrow('died');
          const ask = settings.hubId === undefined && death !== 'vorgang';
          expect(await adapter.probe(later())).toMatchObject({ verdict: ask ? 'UNKNOWN' : 'NOT_EFFECTIVE' });
          if (ask) continue;
          expect(await adapter.deliver(later())).toMatchObject({ state: 'CONFIRMED', objectId });
          expect(repository.store.children(objectId!)).toHaveLength(before + 4);
          expect(await adapter.probe(later())).toMatchObject({ verdict: 'EFFECTIVE' });
        }
      });
    });

    test('a later document whose case is unknown, or an order that CMIS does not know, is for a person', async () => {
      const unknown = adapterIn().deliver(work({ event: 'nachreichung' }));
      await expect(unknown).rejects.toMatchObject({ code: 'HUB_DMS_CASE_UNKNOWN' });
      await expect(adapterIn().deliver(work({ event: 'abschluss' }))).rejects.toMatchObject({
        code: 'HUB_DMS_CASE_TARGET',
      });
    });

    test.each(['runtime', 'notSupported', 'invalidArgument'])(
      'a repository that cannot search (%s) does not hold the delivery up',
      async (exception) => {
        const adapter = adapterIn();
        repository.inject({ operation: 'createFolder', after: 2, answer: 'reset' });
        await expect(adapter.deliver(work())).rejects.toMatchObject({ code: 'HUB_CMIS_OUTCOME_UNKNOWN' });
        repository.inject({ operation: 'query', times: 2, answer: { exception } });
        expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
        await adapter.deliver(work());
        expect(tree()).toEqual(FILED);
      },
    );

    test('401 in the middle pauses the target; afterwards it goes on where it stopped', async () => {
      const adapter = adapterIn();
      const meanwhile = (step: string) => repository.refuseCredentials(step === 'document:2');
      const failure = await adapter.deliver(work({ meanwhile })).catch((error: unknown) => error);
      if (!(failure instanceof DeliveryFailure)) throw failure;
      expect([failure.failure, failure.code]).toEqual(['AUTH', 'HUB_CMIS_UNAUTHENTICATED']);
      repository.refuseCredentials(false);
      await adapter.deliver(work());
      expect(tree()).toEqual(FILED);
    });
  });
}
