import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeCmis } from '@ozg-hub/testing';
import { vaultErrors } from '@ozg-hub/vault';
import { sampleNotice } from '../sample-notice.ts';
import {
  SampleFiling,
  type SampleWorld,
  sampleFiled as FILED,
  sampleRules,
  sampleVorgang,
} from './sample-repository.ts';

const QUITTUNG = `${sampleVorgang}/Quittung 2026-00000483-7.pdf`;

for (const binding of ['browser', 'atompub'] as const) {
  describe(`a notice filed by ${binding}`, () => {
    const repository = new FakeCmis();
    const filing = new SampleFiling(() => ({ binding, url: repository.url(binding) }));

    beforeAll(() => repository.start());
    afterEach(async () => {
      await repository.clear();
      await filing.renew();
    });
    afterAll(() => repository.stop());

    const tree = () => repository.tree().map(({ path }) => path);
    const event = 'mitteilung' as const;

    /** An adapter that knows the Vorgang of the application, which was filed before. */
    async function afterApplication(world: Partial<SampleWorld> = {}) {
      const { objectId } = await filing.adapterIn({ rules: world.rules ?? sampleRules() }).deliver(filing.work());
      await filing.renew('0198c0de-2222-7000-8000-000000000002');
      return filing.adapterIn({ notice: sampleNotice(), known: { objectId: objectId! }, ...world });
    }

    test('lies in the folder of its case, without the Fachdaten again', async () => {
      const documents = { type: 'eakte:dokument', types: { Quittung: 'cmis:document' } };
      const adapter = await afterApplication({ rules: sampleRules({ documents }) });
      expect(await adapter.deliver(filing.work({ event }))).toMatchObject({ state: 'CONFIRMED' });
      expect(tree()).toEqual([...FILED, QUITTUNG]);
      const { content, type } = repository.store.byPath(QUITTUNG);
      expect(content).toMatchObject({ length: 77, mediaType: 'application/pdf' });
      expect(type.id).toBe('cmis:document');
    });

    test('lies there once after a crash', async () => {
      const adapter = await afterApplication();
      await expect(adapter.deliver(filing.work({ event, dieAfter: 'document:1' }))).rejects.toThrow('died');
      expect(await adapter.probe(filing.work({ event }))).toEqual({ verdict: 'NOT_EFFECTIVE' });
      await adapter.deliver(filing.work({ event }));
      expect(tree()).toEqual([...FILED, QUITTUNG]);
    });

    test('lies there as it is where the application is one container', async () => {
      const rules = sampleRules({ container: { name: 'Antrag.zip' } });
      await (await afterApplication({ rules })).deliver(filing.work({ event }));
      expect(tree().slice(3)).toEqual([`${sampleVorgang}/Antrag.zip`, QUITTUNG]);
    });

    test('goes out where documents are held that no scanner has seen: the hub made it', async () => {
      const adapter = await afterApplication({ notScanned: 'hold' });
      expect(await adapter.deliver(filing.work({ event }))).toMatchObject({ state: 'CONFIRMED' });
    });

    test('of an application that was erased stays for a person, with a code that says so', async () => {
      const adapter = await afterApplication({ erased: vaultErrors.HUB_VAULT_NOT_FOUND() });
      const filed = adapter.deliver(filing.work({ event }));
      await expect(filed).rejects.toMatchObject({ code: 'HUB_DMS_ERASED', failure: 'PERMANENT' });
      expect(tree()).toEqual(FILED);
    });
  });
}
