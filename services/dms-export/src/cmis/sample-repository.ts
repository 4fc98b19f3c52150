import { Readable } from 'node:stream';
import { newSpan, silentLogger } from '@ozg-hub/core';
import type { DeliveryWork, Json } from '@ozg-hub/delivery';
import { type Directory, cmisRules } from '@ozg-hub/directory';
import type { Envelope } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import type { z } from 'zod';
import type { Case, CaseEvent } from '../cases/case.ts';
import { sampleBlueprint, sampleEnvelope } from '../sample-envelope.ts';
import { CmisAdapter } from './cmis.adapter.ts';
import { CmisConnections } from './cmis-connections.ts';
import { cmisSettings } from './cmis-settings.ts';

export const sampleExchange = '0198c0de-1111-7000-8000-000000000001';

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
  readonly contentOf?: (ref: string) => Readable | Promise<Readable>;
}

/** For tests: an adapter whose directory has one target. */
export function sampleAdapter({ envelope, settings, rules, notScanned = 'release', contentOf, known }: SampleWorld) {
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
    read: async () => Buffer.from(JSON.stringify(sampleEnvelope(envelope))),
    open: async (ref: string) => ({ stream: () => contentOf?.(ref) ?? sampleContent(ref, envelope) }),
  } as unknown as Vault;
  const connections = new CmisConnections({ directory, logger: silentLogger });
  return { adapter: new CmisAdapter({ vault, directory, connections, findCase: async () => known }), connections };
}

function sampleContent(ref: string, envelope?: Partial<Envelope>): Readable {
  const { size } = sampleEnvelope(envelope).documents.find((document) => document.ref === ref)!;
  return Readable.from([Buffer.alloc(size, ref.slice(-1))], { objectMode: false });
}

export interface SampleWorkOptions {
  readonly steps: Map<string, Json>;
  /** The process dies before the step runs, or after it ran and before its result is stored. */
  readonly dieBefore?: string | undefined;
  readonly dieAfter?: string | undefined;
  readonly exchange?: string;
  readonly event?: CaseEvent;
  /** Between two steps, before the step of that name. */
  readonly meanwhile?: (step: string) => Promise<void> | void;
}

/** For tests: what the engine gives. Each step runs once and its result is kept as JSON. */
export function sampleWork(options: SampleWorkOptions): DeliveryWork {
  const { steps, dieBefore, dieAfter, exchange = sampleExchange, event, meanwhile } = options;
  return {
    delivery: {
      tenant: 'musterstadt',
      target: 'eakte',
      fence: 1,
      reference: { envelopeRef: 'e', blueprint: 'hund-anmelden@2', directoryVersion: 'v', ...(event && { event }) },
    } as unknown as DeliveryWork['delivery'],
    exchange: { id: exchange, number: 1 },
    settings: { kind: 'cmis' },
    step: async (name, run) => {
      if (!steps.has(name)) {
        await meanwhile?.(name);
        if (name === dieBefore) throw new Error(`died before ${name}`);
        const result = await run();
        if (name === dieAfter) throw new Error(`died after ${name}`);
        steps.set(name, JSON.parse(JSON.stringify(result)) as Json);
      }
      return steps.get(name) as never;
    },
    stored: (name) => steps.get(name) as never,
    signal: new AbortController().signal,
    failpoints: { hit: () => undefined },
    trace: newSpan(),
    extendLease: async () => undefined,
  };
}
