import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryWork, Json } from '@ozg-hub/delivery';
import type { Directory, XdomeaRules } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import type { Envelope } from '@ozg-hub/submission';
import { canRun } from '@ozg-hub/testing/database';
import type { Vault } from '@ozg-hub/vault';
import { catalogueOf, findSchemas, openPackage, readMessage, supportedVersions } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { sampleBlueprint, sampleDocument, sampleEnvelope, sampleSettings } from '../sample-envelope.ts';
import { sampleNotice } from '../sample-notice.ts';
import type { CaseEvent, FiledDocument } from '../cases/case.ts';
import { documentKey } from './filing-plan.ts';
import { ParcelComposer } from './parcel-composer.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const standard = join(root, '../shared/standards/xdomea/xsd');
const withOfficial = canRun(
  'shared',
  existsSync(standard),
  'dms-export message versions',
  '../shared/standards/xdomea',
);
const EXCHANGE = '0198c0de-1111-7000-8000-000000000001';
const VORGANG = '0198c0de-2222-8000-8000-000000000001';
const DOCUMENT = '0198c0de-2222-8000-8000-000000000002';
const key = { tenant: 'musterstadt', target: 'eakte', lane: 'CIV-2026-000123' };

let profiles: XmlPool;
let officials: XmlPool | undefined;
let folder: string;
let steps: Map<string, Json>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'versions-'));
  profiles = createXmlPool({ workers: 1, schemas: await loadCatalogue(join(root, 'schemas')) });
  if (!withOfficial) return;
  officials = createXmlPool({
    workers: 1,
    schemas: catalogueOf((await findSchemas(standard)).complete),
    timeoutMs: 60_000,
  });
});
afterAll(async () => {
  await profiles.close();
  await officials?.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => void (steps = new Map()));

interface Told {
  readonly event: CaseEvent;
  readonly rules?: Partial<XdomeaRules>;
  readonly envelope?: Partial<Envelope>;
  readonly notScanned?: 'release' | 'hold';
  /** Objects of the message, and the first's container, document or Vorgang. */
  readonly expected: { readonly nachricht: string; readonly objects: number; readonly referred?: string };
}

const documents = [sampleDocument(5, 'Impfpass.pdf'), sampleDocument(6, 'ohne Endung', { mediaType: 'image/jpeg' })];
const later: Partial<Envelope> = { art: 'NACHREICHUNG', hauptvorgang: 'CIV-2026-000123', documents };
const one: Partial<Envelope> = { ...later, documents: documents.slice(0, 1), fachdaten: [] };
const rest = { ...one, art: 'KORREKTUR' } as const;

/** Every message that the hub sends, by the event that leads to it. */
const told: Readonly<Record<string, Told>> = {
  '0605, a new Vorgang': { event: 'erstantrag', expected: { nachricht: '0605', objects: 1 } },
  '0604, a Vorgang without its documents': {
    event: 'erstantrag',
    rules: { erstantrag: '0604' },
    expected: { nachricht: '0604', objects: 1 },
  },
  '0605, its documents after that': {
    event: 'dokumente',
    expected: { nachricht: '0605', objects: 4, referred: VORGANG },
  },
  '0401, a new Vorgang': {
    event: 'erstantrag',
    rules: { erstantrag: '0401' },
    expected: { nachricht: '0401', objects: 1 },
  },
  '0605, one document into the Vorgang': {
    event: 'nachreichung',
    envelope: one,
    expected: { nachricht: '0605', objects: 1, referred: VORGANG },
  },
  '0605, a batch with documents and Fachdaten': {
    event: 'nachreichung',
    envelope: later,
    expected: { nachricht: '0605', objects: 3, referred: VORGANG },
  },
  '0605, a notice into the Vorgang': {
    event: 'mitteilung',
    expected: { nachricht: '0605', objects: 1, referred: VORGANG },
  },
  '0401, a notice': {
    event: 'mitteilung',
    rules: { nachreichung: '0401' },
    expected: { nachricht: '0401', objects: 1 },
  },
  '0401, later documents': {
    event: 'nachreichung',
    rules: { nachreichung: '0401' },
    envelope: later,
    expected: { nachricht: '0401', objects: 3 },
  },
  '0601, a document in another version': {
    event: 'korrektur',
    rules: { korrektur: '0601' },
    envelope: rest,
    expected: { nachricht: '0601', objects: 1, referred: DOCUMENT },
  },
  '0607, an entry': { event: 'protokoll', expected: { nachricht: '0607', objects: 1, referred: VORGANG } },
  '0624, the end of a case': { event: 'abschluss', expected: { nachricht: '0624', objects: 1, referred: VORGANG } },
  '0401, a whole case': { event: 'abgabe', expected: { nachricht: '0401', objects: 1 } },
};

const filed: FiledDocument = {
  ...key,
  deliveryId: 'd-0',
  submissionId: 's-0',
  ref: 'r-0',
  key: documentKey(documents[0]!),
  objectId: DOCUMENT,
};

const notice = sampleNotice();

/** What the schema of the service holds of the case. */
const store = {
  query: async (text: string) => {
    if (text.includes('FROM dms_case'))
      return [{ ...key, submissionId: 's-0', objectId: VORGANG, openedAt: new Date() }];
    if (text.includes('FROM case_document')) return [filed];
    if (text.includes('FROM notice')) return [notice];
    const reference = { envelopeRef: 'first' };
    return [
      { ...key, submissionId: 's-0', event: 'erstantrag', reference },
      { ...key, submissionId: 's-1', event: 'nachreichung', reference: { envelopeRef: 'later' } },
    ];
  },
} as unknown as Store;

async function composed(
  { event, rules, envelope, notScanned = 'release' }: Told,
  version: (typeof supportedVersions)[number],
) {
  const blueprint = sampleBlueprint({
    documentTypes: { Antragsdokument: 'Anmeldung', Quittung: 'Zahlungsbeleg' },
    ...(rules && { xdomea: { ...defaults, ...rules } }),
    betreff: 'Hundesteuer {{applicant}}, Hund „{{fachdaten.Hund.Name}}“',
  });
  const snapshot = { tenant: () => ({ policy: { notScanned } }), blueprint: () => blueprint };
  const directory = { current: () => snapshot, at: async () => snapshot } as unknown as Directory;
  const read = async (ref: string) => {
    if (ref === 'entry') return { text: 'Bescheid zugestellt', bearbeiter: 'Amt', at: '2026-08-22T10:00:00+02:00' };
    return ref === 'later' ? sampleEnvelope({ ...later, submissionId: EXCHANGE }) : sampleEnvelope(envelope);
  };
  const vault = {
    read: async (ref: string) => Buffer.from(JSON.stringify(await read(ref))),
    open: async (ref: string) => ({
      meta: { kind: 'document', size: sizeOf(ref), sha256: 'cd'.repeat(32), format: 'PDF/A-2a', origin: 'ozg-hub' },
      stream: () => Readable.from([Buffer.alloc(sizeOf(ref))], { objectMode: false }),
    }),
  } as unknown as Vault;
  const settings = sampleSettings({ version, receivingSystem: 'dms/1', characters: 'transliterate' });
  const composer = new ParcelComposer({ store, vault, directory, xml: profiles });
  return composer.compose(work(event), settings, new Date('2026-08-22T08:00:00Z'));
}

const defaults: XdomeaRules = {
  erstantrag: '0605',
  nachreichung: '0605',
  korrektur: '0605',
  protokoll: '0607',
  abschluss: '0624',
};
const sizeOf = (ref: string) => 1_000 + Number(ref.slice(-3));

function work(event: CaseEvent): DeliveryWork {
  const pinned = { envelopeRef: 'e', blueprint: 'hund-anmelden@2', directoryVersion: 'v', entryRef: 'entry', event };
  const reference = event === 'mitteilung' ? { ...pinned, noticeId: notice.id } : pinned;
  return {
    delivery: { ...key, id: 'd-1', submissionId: 's-1', reference },
    exchange: { id: EXCHANGE, number: 1 },
    step: async (name: string, run: () => Promise<Json>) => {
      if (!steps.has(name)) steps.set(name, await run());
      return steps.get(name);
    },
    stored: (name: string) => steps.get(name),
    signal: new AbortController().signal,
  } as unknown as DeliveryWork;
}

async function messageOf(parcel: Awaited<ReturnType<typeof composed>>['parcel']) {
  const to = new PassThrough();
  const [bytes] = await Promise.all([buffer(to), parcel.write(to, new AbortController().signal)]);
  const opened = await openPackage(bytes);
  try {
    return await opened.read(opened.entries[0]!.name, 1_000_000);
  } finally {
    opened.close();
  }
}

describe.each(supportedVersions)('xdomea %s', (version) => {
  test.each(Object.entries(told))('%s: valid by the profile and by the official schema', async (_name, one) => {
    const { parcel } = await composed(one, version);
    const xml = await messageOf(parcel);
    const message = await readMessage(profiles, xml);
    if (officials) await readMessage(officials, xml);
    const [first] = message.objekte;
    expect({
      version: message.version.id,
      nachricht: message.nachricht,
      objects: message.objekte.length,
      referred: first!.idContainer ?? first!.idDokument ?? first!.idSgo,
    }).toEqual({ version, referred: undefined, ...one.expected });
    const { stapel, objekte } = message.inventory;
    if (one.expected.nachricht === '0401') return;
    expect(stapel).toBe(objekte.length > 1);
    expect(objekte.map(({ nummerImStapel }) => nummerImStapel)).toEqual(
      objekte.map((_, index) => (objekte.length > 1 ? index + 1 : undefined)),
    );
  });
});

describe.each(supportedVersions)('a Quittung in xdomea %s', (version) => {
  const quittung = told['0605, a notice into the Vorgang']!;

  test('is a document of its day, named after the payment, of the type that the filing rules give it', async () => {
    const xml = String(await messageOf((await composed(quittung, version)).parcel));
    expect(xml).toContain('Quittung 2026-00000483-7');
    expect(xml).toContain('Zahlungsbeleg');
    expect(xml).toContain('<xdomea:DatumDesSchreibens>2026-08-24</xdomea:DatumDesSchreibens>');
    expect(xml).not.toMatch(/Posteingangsdatum|Antragsdaten|Anmeldung|Größ/);
  });

  test('goes out where documents are held that no scanner has seen: the hub made it', async () => {
    await composed({ ...quittung, notScanned: 'hold' }, version);
    const held = expect.objectContaining({ code: 'HUB_DMS_DOCUMENT_HELD' });
    await expect(composed({ ...told['0605, a new Vorgang']!, notScanned: 'hold' }, version)).rejects.toEqual(held);
  });

  test('is handed over with its case', async () => {
    const xml = String(await messageOf((await composed(told['0401, a whole case']!, version)).parcel));
    expect(xml).toContain('Quittung 2026-00000483-7');
    // Of the two submissions, not of the notice.
    expect(xml.match(/>Antragsdatensatz</g)).toHaveLength(2);
  });
});

describe('a version that has fewer letters and elements', () => {
  const cyrillic = { applicant: { kind: 'natuerlich', familienname: 'Иванова' } } as const;

  test('is told what comes nearest, and where; no value is in the notes', async () => {
    const { notes } = await composed({ ...told['0605, a new Vorgang']!, envelope: cyrillic }, '2.4.0');
    expect(notes.map(({ kind }) => kind)).toContain('transliterated');
    expect(JSON.stringify(notes)).not.toMatch(/Иванова|Ivanova/);
    const { notes: none } = await composed({ ...told['0605, a new Vorgang']!, envelope: cyrillic }, '3.1.0');
    expect(none).toEqual([]);
  });
});
