import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeCmis } from '@ozg-hub/testing';
import { SampleFiling, type SampleWorld, sampleFiled as FILED, sampleHubId, sampleRules } from './sample-repository.ts';

/**
 * A repository, or a proxy before it, goes on with a request that was given up: what the hub looked for and did not find
 * is there when it asks for it again.
 */
for (const binding of ['browser', 'atompub'] as const) {
  describe(`what comes to be late, by ${binding}`, () => {
    const repository = new FakeCmis();
    const filing = new SampleFiling(() => ({ binding, url: repository.url(binding) }));

    beforeAll(() => repository.start());
    afterEach(() => empty());
    afterAll(() => repository.stop());

    const empty = async () => {
      await repository.clear();
      await filing.renew();
    };
    const adapterIn = (settings: SampleWorld['settings'] = {}, rules = sampleRules()) =>
      filing.adapterIn({ settings, rules });
    const work = () => filing.work();
    const tree = () => repository.tree().map(({ path }) => path);
    /** The first request is lost; the second finds that the first has taken effect meanwhile. */
    const loseThenCollide = (operation: string, after: number) => {
      repository.inject({ operation, after, answer: 'reset' });
      repository.inject({ operation, after: 0, effect: true, answer: { exception: 'nameConstraintViolation' } });
    };

    test.each([
      ['createFolder', 0],
      ['createFolder', 2],
      ['createDocument', 0],
      ['createDocument', 3],
    ])('%s after %i others: known by the id of the hub, filed once', async (operation, after) => {
      const adapter = adapterIn();
      loseThenCollide(operation, after);
      await expect(adapter.deliver(work())).rejects.toMatchObject({ class: 'ask' });
      expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
      expect(await adapter.deliver(work())).toMatchObject({ state: 'CONFIRMED' });
      expect(tree()).toEqual(FILED);
    });

    test('without a hub id, a folder of the name is a question for a person', async () => {
      const adapter = adapterIn({ hubId: undefined });
      loseThenCollide('createFolder', 2);
      await expect(adapter.deliver(work())).rejects.toMatchObject({ class: 'ask' });
      await expect(adapter.deliver(work())).rejects.toMatchObject({ code: 'HUB_DMS_CMIS_AMBIGUOUS', class: 'ask' });
      expect(tree()).toEqual(FILED.slice(0, 3));
    });

    test('without a hub id, a document in our own folder is known by name, type and length', async () => {
      const adapter = adapterIn({ hubId: undefined });
      loseThenCollide('createDocument', 1);
      await expect(adapter.deliver(work())).rejects.toMatchObject({ class: 'ask' });
      await adapter.deliver(work());
      expect(tree()).toEqual(FILED);
    });

    test.each([true, false])(
      'content in a call of its own whose answer is lost (effect: %s) is there once',
      async (effect) => {
        const quirks = { contentInSeparateCall: true };
        for (const hubId of [sampleHubId, undefined]) {
          // Versions take content by check-out only.
          const adapter = adapterIn({ hubId, quirks }, sampleRules({ documents: { type: 'cmis:document' } }));
          repository.inject({ operation: 'setContent', after: 1, effect, answer: 'reset' });
          await expect(adapter.deliver(work())).rejects.toMatchObject({ class: 'ask' });
          expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
          expect(await adapter.deliver(work())).toMatchObject({ state: 'CONFIRMED' });
          expect(tree()).toEqual(FILED);
          for (const path of FILED.slice(3)) expect(repository.store.byPath(path).content!.length).toBeGreaterThan(100);
          await empty();
        }
      },
    );
  });
}
