import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApplicationSpec, FakeCmis, FakeDms, applicationRequest, buildApplication } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { MARKER, antragsdokument, dog, file } from './applications.ts';
import { files, limits } from './bad-file-cases.ts';
import { directory as unknown, keys, requests } from './bad-request-cases.ts';
import { invalid, notXml } from './bad-xml-cases.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';
import { Search } from './searched-places.ts';

const project = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BIRTHDAY = '1911-11-13';
const PHONE = '0661 4711471147';
const mark = (what: string) => `${MARKER} ${what}`;
const search = new Search(['lfender', BIRTHDAY, '13.11.1911', PHONE]);

let hub: RunningHub;
let dms: FakeDms;
const repository = new FakeCmis({ credentials: { user: 'ozg-hub', password: 'geheim' } });
let pool: XmlPool;
let folder: string;
/** Everything that the hub has said over HTTP: status, headers and body. */
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ozg-hub-marked-'));
  const directory = join(folder, 'directory');
  await cp(project('deploy/directory'), directory, { recursive: true });
  const blocked = join(folder, 'blocked');
  await writeFile(blocked, '');
  // One municipality whose DMS cannot be reached, one whose documents are held back.
  await change(join(directory, 'tenants/beispielhausen.yaml'), '${data}/dms/beispielhausen/', `${blocked}/`);
  await change(join(directory, 'tenants/neudorf-am-muster.yaml'), 'notScanned: release', 'notScanned: hold');
  await repository.start();
  hub = await startHub({
    environment: {
      MUEHLFELDEN_CMIS_URL: repository.url('browser'),
      MUEHLFELDEN_CMIS_PASSWORD: 'geheim',
      HUB_DIRECTORY: directory,
      HUB_INTAKE_MAX_APPLICATION_MIB: '1',
      HUB_INTAKE_MAX_FILE_MIB: '2',
      HUB_INTAKE_MAX_TOTAL_MIB: '5',
      HUB_INTAKE_MAX_FILES: '4',
    },
    heard: ({ status, headers, text }) => said.push(`${status}\n${JSON.stringify([...headers])}\n${text}`),
  });
  pool = createXmlPool({ workers: 1, schemas: await loadCatalogue(project('schemas')) });
  const place = (name: string) => join(hub.dataDir, 'dms/musterstadt', name);
  dms = new FakeDms({
    inbox: place('inbox'),
    outbox: place('replies'),
    taken: place('taken'),
    pool,
    stranger: true,
    refuse: [{ betreff: 'Kampfhund' }],
  });
  await dms.start();
});

afterAll(async () => {
  await dms?.stop();
  await hub?.stop();
  await repository.stop();
  await pool?.close();
  await rm(folder, { recursive: true, force: true });
});

async function change(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replaceAll(from, to));
}

/** Marked in every field that the format has. */
function marked(spec: Partial<ApplicationSpec>): ApplicationSpec {
  const anschrift = {
    strasse: mark('Straße'),
    hausnummer: mark('Nr'),
    hausnummernzusatz: mark('Zusatz'),
    postfach: mark('Postfach'),
    postleitzahl: mark('PLZ'),
    ort: mark('Ort'),
    land: mark('Land'),
  };
  const applicant = {
    kind: 'natuerlich' as const,
    anrede: mark('Anrede'),
    titel: mark('Titel'),
    vornamen: mark('Vornamen'),
    familienname: mark('Name'),
    geburtsname: mark('Geburtsname'),
    geburtsdatum: BIRTHDAY,
    geburtsort: mark('Geburtsort'),
    geschlecht: mark('Geschlecht'),
    staatsangehoerigkeit: mark('Nation'),
    email: `${MARKER}@example.org`.replace('ö', 'oe'),
    telefon: PHONE,
    anschrift,
  };
  const inner = [{ name: 'Innen', type: 'STRING' as const, value: mark('innen') }];
  return dog({
    applicant,
    fachdaten: [
      {
        name: 'Hund',
        label: mark('Objekt'),
        fields: [
          { name: 'Name', label: mark('Feld'), type: 'STRING', value: mark('Bello') },
          { name: 'Geboren', type: 'DATE', value: BIRTHDAY },
          { name: 'Rasse', type: 'CHOICE', value: mark('Wahl'), valueLabel: mark('Beschriftung') },
          { name: 'Halter', type: 'PERSONENDATENSATZ', value: applicant },
          { name: 'Wo', type: 'ADRESSDATENSATZ', value: anschrift },
          { name: 'Gruppe', type: 'OBJECT', fields: inner },
          { name: 'Liste', type: 'LIST', items: [inner, inner] },
        ],
      },
    ],
    identity: {
      source: 'BundID',
      attributes: { bpk2: mark('bPK') },
      proof: Buffer.from(mark('Beleg')).toString('base64'),
    },
    replyChannel: { kind: 'BUNDID', address: mark('Postfachkennung') },
    payment: { reference: 'Z-1', amount: 4_900, currency: 'EUR', state: 'BEZAHLT' },
    ...spec,
  });
}

async function push(spec: Partial<ApplicationSpec>): Promise<string> {
  const plan = file('plan', Buffer.from(`%PDF-1.7\n${mark('Plan').repeat(20_000)}`));
  const request = await applicationRequest(marked(spec), [
    { ...(await antragsdokument()), title: mark('Titel') },
    plan,
  ]);
  const { status, json } = await hub.push(request.body());
  expect(status).toBe(202);
  return (json as { id: string }).id;
}

/** One of the submission's deliveries is in this state. */
const delivery = (id: string, ...states: string[]) =>
  hub.submission(id, (status: Answer['json']) =>
    status.deliveries.some(({ state }: { state: string }) => states.includes(state)),
  );

/** Flips a byte of everything of the submission that lies in the database. */
async function spoil(submission: string): Promise<void> {
  const vault = hub.database.database.open('vault', { maxConnections: 1 });
  await vault.query(
    `UPDATE object SET content = set_byte(content, 100, get_byte(content, 100) # 1) WHERE submission_id = $1 AND content IS NOT NULL`,
    [submission],
  );
}

const operate = (path: string, body: object) =>
  hub.request('POST', `/dms-export/ops/v1/${path}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('no name, date, address, file name or value leaves the packages and the vault', async () => {
  const [unit, other, held] = ['00.00.MUS.01000002', '00.00.BSP.02000001', '00.00.NEU.03000001'];
  const byCmis = '00.00.MFE.05000001';
  const filed = await push({ vorgang: 'V-filed', organisationseinheit: unit });
  const refused = await push({
    vorgang: 'V-refused',
    fachdaten: [{ name: 'Hund', fields: [{ name: 'Name', type: 'STRING', value: mark('Kampfhund') }] }],
  });
  const unreachable = await push({ vorgang: 'V-unreachable', organisationseinheit: other });
  const heldBack = await push({ vorgang: 'V-held', organisationseinheit: held });
  const inFolder = await push({ vorgang: 'V-folder', organisationseinheit: byCmis });
  await delivery(inFolder, 'CONFIRMED');
  expect(repository.tree().filter(({ path }) => search.finds(path)).length).toBeGreaterThan(2);
  const answer = { exception: 'constraint', message: mark('steht im Weg') };
  repository.inject({ operation: 'createDocument', after: 1, answer });
  const inTheWay = await push({ vorgang: 'V-way', organisationseinheit: byCmis });
  await delivery(inTheWay, 'PARKED');
  repository.inject({ operation: 'createFolder', effect: true, answer: 'cut' });
  await delivery(await push({ vorgang: 'V-cut', organisationseinheit: byCmis }), 'CONFIRMED');
  await delivery(filed, 'CONFIRMED');
  await delivery(refused, 'REJECTED');
  await delivery(unreachable, 'RETRY_WAIT', 'PARKED');
  await delivery(heldBack, 'PARKED');
  await spoil(heldBack);
  const parked = (await delivery(heldBack, 'PARKED')).deliveries[0];
  expect((await operate(`deliveries/${parked.id}/replay`, { reason: 'spoilt' })).status).toBe(200);
  await hub.submission(heldBack, ({ deliveries }) => deliveries[0].code === 'HUB_VAULT_CORRUPT');

  const changed = await hub.push(buildApplication(marked({ vorgang: 'V-filed' })));
  expect(changed.json.code).toBe('HUB_INTAKE_CONTENT_DIFFERS');
  const foreign = `<eingang amt="steueramt" formular="hund-anmelden" nummer="V-x"><gesendet>${mark('wann')}</gesendet></eingang>`;
  expect((await hub.push(foreign, { query: '?source=formular-beispiel' })).status).toBe(422);
  for (const { send } of [...notXml, ...invalid, ...files, ...limits, ...requests, ...unknown, ...keys])
    await send(hub);

  const { json } = await hub.request('GET', '/dms-export/ops/v1/deliveries');
  for (const { id } of json.deliveries as { id: string }[]) {
    expect((await hub.request('GET', `/dms-export/ops/v1/deliveries/${id}`)).status).toBe(200);
  }
  for (const path of [
    '/hub/ops/v1/doctor',
    '/civento-intake/ops/v1/submissions?q=V-filed',
    '/metrics',
    '/health/ready',
  ]) {
    expect((await hub.request('GET', path)).status).toBe(200);
  }
  expect((await hub.request('POST', `/civento-intake/ops/v1/submissions/${filed}/erasure`)).status).toBe(200);

  expect(said.filter((answer) => search.finds(answer))).toEqual([]);
  const log = (await readFile(hub.logFile, 'utf8')).split('\n');
  expect(log.length).toBeGreaterThan(50);
  expect(log.filter((line) => search.finds(line))).toEqual([]);
  const { findings, tables } = await search.database(hub.database.database);
  expect(tables).toBeGreaterThan(20);
  expect(findings).toEqual([]);
  const outside = await search.files(hub.dataDir, ['dms']);
  expect(outside.findings).toEqual([]);
  expect(outside.files).toBeGreaterThan(0);
}, 60_000);

test('the search finds what it should: in packages, rows, bytes, logs', async () => {
  expect((await search.files(join(hub.dataDir, 'dms'))).findings).toContainEqual(
    expect.stringMatching(/taken\/.*\.zip$/),
  );
  const store = hub.database.database.open('civento_intake', { maxConnections: 1 });
  await store.query(
    `INSERT INTO outbox (id, topic, key, headers, value, published_at) VALUES (gen_random_uuid(), 'x', 'x', '{}', $1, now())`,
    [Buffer.from(JSON.stringify({ name: MARKER }))],
  );
  expect((await search.database(hub.database.database)).findings).toEqual(['table civento_intake.outbox']);
  for (const shift of ['', 'x', 'xx']) {
    expect(search.finds(Buffer.from(`${shift}${MARKER} oder so`).toString('base64'))).toBe(true);
  }
  expect(search.finds(encodeURIComponent(MARKER))).toBe(true);
  expect(search.finds('nothing of it')).toBe(false);
});
