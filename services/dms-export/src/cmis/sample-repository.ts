import { Readable } from 'node:stream';
import { silentLogger } from '@ozg-hub/core';
import type { DeliveryWork } from '@ozg-hub/delivery';
import { type Directory, cmisRules } from '@ozg-hub/directory';
import type { Envelope } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import type { z } from 'zod';
import type { Case } from '../cases/case.ts';
import type { Notice } from '../cases/notice.repository.ts';
import { sampleBlueprint, sampleEnvelope } from '../sample-envelope.ts';
import { SampleExchange, type SampleWorkOptions } from '../sample-exchange.ts';
import { CmisAdapter } from './cmis.adapter.ts';
import { CmisConnections } from './cmis-connections.ts';
import { cmisSettings } from './cmis-settings.ts';

/** Where the sample application is filed by {@link sampleRules}. */
export const sampleVorgang = '/22.14.03/2026/Hundesteuer Größ, Änne, Hund „Waldi & Söhne _1_“';

/** Paths of all that is filed of it. */
export const sampleFiled: readonly string[] = [
  '/22.14.03',
  '/22.14.03/2026',
  sampleVorgang,
  ...['Antrag Größ.pdf', 'Antragsdaten.xml', 'Impfnachweis.jpg', 'Nachweis.jpg'].map(
    (name) => `${sampleVorgang}/${name}`,
  ),
];

export const sampleHubId = { property: 'ozg:hubId', secondaryType: 'ozg:herkunft' };

/** For tests: rules for the types of the fake repository, those given on top. */
export function sampleRules(changes: Record<string, unknown> = {}): NonNullable<SampleWorld['rules']> {
  const vorgang = {
    type: 'eakte:vorgang',
    properties: {
      'eakte:betreff': '{{betreff}}',
      'eakte:aktenplan': '{{aktenplaneinheit}}',
      'eakte:eingang': { datetime: 'submittedAt' },
      'eakte:beteiligte': ['{{applicant}}', '{{fachdaten.Hund.Vorbesitzer}}', '{{hauptvorgang}}'],
      'eakte:papier': { boolean: 'fachdaten.Hund.Kampfhund' },
    },
    access: [{ principal: 'steueramt', permissions: ['cmis:read'] }],
  };
  const documents = { type: 'eakte:dokument', properties: { 'eakte:eingang': { date: 'submittedAt' } } };
  const path = '{{aktenplaneinheit}}/{{submittedAt.year}}';
  return { cmis: cmisRules.parse({ path, vorgang, documents, ...changes }) };
}

export interface SampleWorld {
  readonly envelope?: Partial<Envelope>;
  readonly settings: Partial<z.input<typeof cmisSettings>>;
  readonly rules?: Parameters<typeof sampleBlueprint>[0];
  readonly notScanned?: 'release' | 'hold';
  /** The case of the lane. */
  readonly known?: Pick<Case, 'objectId'>;
  /** Whatever notice a delivery names. */
  readonly notice?: Notice;
  /** What the vault says instead of giving the envelope. */
  readonly erased?: Error;
  readonly contentOf?: (ref: string) => Readable | Promise<Readable>;
}

/** For tests: an adapter whose directory has one target. */
export function sampleAdapter(world: SampleWorld) {
  const { envelope, settings, rules, notScanned = 'release', contentOf, known, notice, erased } = world;
  const parsed = cmisSettings.parse({
    authentication: { by: 'basic', user: 'hub', password: 'env:PASSWORD' },
    aktenzeichenProperty: 'eakte:aktenzeichen',
    ...settings,
  });
  const secret = <Fields extends object>(fields: Fields | undefined, names: readonly string[]) =>
    fields && { ...fields, ...Object.fromEntries(names.map((name) => [name, 'hub'])) };
  const snapshot = {
    target: () => ({ settings: parsed }),
    tenant: () => ({ policy: { notScanned } }),
    blueprint: () => sampleBlueprint(rules),
  };
  const directory = {
    current: () => snapshot,
    at: async () => snapshot,
    connection: async () => ({
      settings: { ...parsed, authentication: secret(parsed.authentication, ['password']) },
    }),
  } as unknown as Directory;
  const vault = {
    read: async () => (erased ? Promise.reject(erased) : Buffer.from(JSON.stringify(sampleEnvelope(envelope)))),
    open: async (ref: string) => ({
      meta: { kind: 'document', size: sampleNoticeBytes, sha256: 'cd'.repeat(32), origin: 'ozg-hub' },
      stream: () => contentOf?.(ref) ?? sampleContent(ref, envelope),
    }),
  } as unknown as Vault;
  const connections = new CmisConnections({ directory, logger: silentLogger });
  const options = { vault, directory, connections, findCase: async () => known, findNotice: async () => notice };
  return { adapter: new CmisAdapter(options), connections };
}

const sampleNoticeBytes = 77;

function sampleContent(ref: string, envelope?: Partial<Envelope>): Readable {
  const { size = sampleNoticeBytes } =
    sampleEnvelope(envelope).documents.find((document) => document.ref === ref) ?? {};
  return Readable.from([Buffer.alloc(size, ref.slice(-1))], { objectMode: false });
}

/** For tests: one exchange after the other with one repository, by adapters that are closed with it. */
export class SampleFiling {
  exchange = new SampleExchange();
  readonly #open: CmisConnections[] = [];

  constructor(private readonly repository: () => Pick<z.input<typeof cmisSettings>, 'binding' | 'url'>) {}

  adapterIn(world: Partial<SampleWorld> = {}): CmisAdapter {
    const settings = { ...this.repository(), hubId: sampleHubId, ...world.settings };
    const { adapter, connections } = sampleAdapter({ rules: sampleRules(), ...world, settings });
    this.#open.push(connections);
    return adapter;
  }

  work(options?: SampleWorkOptions): DeliveryWork {
    return this.exchange.work(options);
  }

  /** The next exchange begins; what the last one opened is closed. */
  async renew(id?: string): Promise<void> {
    this.exchange = new SampleExchange(id);
    await Promise.all(this.#open.splice(0).map((connections) => connections.close()));
  }
}
