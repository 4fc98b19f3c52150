import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { DeliveryFailure, type Json, type Outcome } from '@ozg-hub/delivery';
import { type FakeObject, FakeCmis } from '@ozg-hub/testing';
import type { CmisConnections } from './cmis-connections.ts';
import {
  type SampleWorld,
  type SampleWorkOptions,
  sampleAdapter,
  sampleExchange,
  sampleWork,
} from './sample-repository.ts';

const HUB_ID = { property: 'ozg:hubId', secondaryType: 'ozg:herkunft' };
const EAKTE = {
  cmis: {
    path: '{{aktenplaneinheit}}/{{submittedAt.year}}',
    pathTypes: [],
    vorgang: {
      type: 'eakte:vorgang',
      name: '{{betreff}}',
      properties: {
        'eakte:betreff': '{{betreff}}',
        'eakte:aktenplan': '{{aktenplaneinheit}}',
        'eakte:eingang': { datetime: 'submittedAt' as const },
        'eakte:beteiligte': ['{{applicant}}', '{{fachdaten.Hund.Vorbesitzer}}', '{{hauptvorgang}}'],
        'eakte:papier': { boolean: 'fachdaten.Hund.Kampfhund' as const },
      },
      secondaryTypes: [],
      access: [{ principal: 'steueramt', permissions: ['cmis:read'] }],
    },
    documents: {
      type: 'eakte:dokument',
      types: {},
      name: '{{title}}',
      properties: { 'eakte:eingang': { date: 'submittedAt' as const } },
      secondaryTypes: [],
      access: [],
    },
    collision: 'number' as const,
  },
};

for (const binding of ['browser', 'atompub'] as const) {
  describe(`filing by ${binding}`, () => {
    const repository = new FakeCmis();
    const open: CmisConnections[] = [];
    let steps = new Map<string, Json>();

    beforeAll(() => repository.start());
    afterEach(async () => {
      for (const { object } of repository.tree().filter(({ path }) => path.lastIndexOf('/') === 0)) {
        await repository.store.deleteTree(object.id);
      }
      steps = new Map();
      repository.operations.length = 0;
      await Promise.all(open.splice(0).map((connections) => connections.close()));
    });
    afterAll(() => repository.stop());

    const adapterIn = (world: Partial<SampleWorld> = {}) => {
      const settings = { binding, url: repository.url(binding), hubId: HUB_ID, ...world.settings };
      const { adapter, connections } = sampleAdapter({ rules: EAKTE, ...world, settings });
      open.push(connections);
      return adapter;
    };
    const work = (options: Partial<SampleWorkOptions> = {}) => sampleWork({ steps, ...options });
    const tree = () => repository.tree().map(({ path }) => path);

    test('makes folders, Vorgang and every document, with types and properties', async () => {
      const outcome = await adapterIn().deliver(work());
      const year = '/22.14.03/2026';
      const vorgang = `${year}/Hundesteuer Größ, Änne, Hund „Waldi & Söhne _1_“`;
      expect(tree()).toEqual([
        '/22.14.03',
        year,
        vorgang,
        `${vorgang}/Antrag Größ.pdf`,
        `${vorgang}/Antragsdaten.xml`,
        `${vorgang}/Impfnachweis.jpg`,
        `${vorgang}/Nachweis.jpg`,
      ]);
      const folder = repository.store.byPath(vorgang);
      expect(outcome).toEqual({
        state: 'CONFIRMED',
        objectId: folder.id,
        aktenzeichen: expect.stringMatching(/^22\.14\.03-/),
      });
      expect(propertiesOf(folder)).toMatchObject({
        'cmis:objectTypeId': ['eakte:vorgang'],
        'eakte:eingang': [new Date('2026-08-21T21:30:00Z')],
        'eakte:beteiligte': ['Größ, Änne', 'Tierheim e. V.'],
        'eakte:papier': [false],
        'ozg:hubId': [sampleExchange],
      });
      expect(folder.aces).toContainEqual(expect.objectContaining({ principal: 'steueramt' }));
      const antrag = repository.store.byPath(`${vorgang}/Antrag Größ.pdf`);
      expect(antrag.content).toMatchObject({ length: 1002, mediaType: 'application/pdf', fileName: 'Antrag Größ.pdf' });
      expect(propertiesOf(antrag)).toMatchObject({ 'eakte:eingang': [new Date('2026-08-21T00:00:00Z')] });
      expect([...steps.keys()]).toEqual([
        'folder:1',
        'folder:2',
        'name:1',
        'vorgang',
        'document:1',
        'document:2',
        'document:3',
        'document:4',
        'acl',
      ]);
    });
  });
}

function propertiesOf({ properties }: FakeObject): Record<string, unknown> {
  return Object.fromEntries(properties);
}
void isHubError;
void DeliveryFailure;
void (0 as unknown as Outcome);
