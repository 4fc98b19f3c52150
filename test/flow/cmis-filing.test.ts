import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ApplicationSpec, FakeCmis, applicationRequest, samplePdf } from '@ozg-hub/testing';
import { dog, file, goodRequest } from './applications.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

// oxlint-disable-next-line no-explicit-any -- what the hub says, as JSON
type Json = any;

const UNIT = { organisationseinheit: '00.00.MFE.05000001' };
const repository = new FakeCmis({ credentials: { user: 'ozg-hub', password: 'geheim' } });
let hub: RunningHub;
let number = 0;

beforeAll(async () => {
  await repository.start();
  const environment = {
    MUEHLFELDEN_CMIS_URL: repository.url('browser'),
    MUEHLFELDEN_CMIS_PASSWORD: 'geheim',
  };
  hub = await startHub({ environment });
});
afterAll(async () => {
  await hub?.stop();
  await repository.stop();
});
beforeEach(() => repository.clear());

/** Hands an application over to Mühlfelden. */
async function handOver(spec: Partial<ApplicationSpec> = {}): Promise<{ id: string; vorgang: string }> {
  const vorgang = `MFE-${(number += 1)}`;
  const { status, json } = await hub.push((await goodRequest(vorgang, { ...UNIT, ...spec })).body());
  expect(status).toBe(202);
  return { id: json.id, vorgang };
}

const inState = (id: string, state: string): Promise<Json> => hub.submission(id, (found) => found.state === state);
const deliveryIn = async (id: string, state: string): Promise<Json> => {
  const found = await hub.submission(id, ({ deliveries }) => deliveries.some((one: Json) => one.state === state));
  return found.deliveries.find((one: Json) => one.state === state);
};
const operate = (path: string, body: object = {}): Promise<Answer> =>
  hub.request('POST', `/dms-export/ops/v1/${path}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const details = async (delivery: string): Promise<Json> =>
  (await hub.request('GET', `/dms-export/ops/v1/deliveries/${delivery}`)).json;
const vorgaenge = () => repository.tree().filter(({ object }) => object.type.id === 'eakte:vorgang');
const filesOf = (id: string) =>
  repository.store.children(id).map((object) => repository.store.pathOf(object).split('/').at(-1));

async function announced(submission: string): Promise<Json[]> {
  const store = hub.database.database.open('dms_export', { maxConnections: 1 });
  try {
    const rows = await store.query<{ value: Buffer }>(
      `SELECT value FROM outbox WHERE topic LIKE 'records.filed%' ORDER BY position`,
    );
    const all = rows.map(({ value }) => JSON.parse(value.toString()) as Json);
    return all.filter(({ submissionId }) => submissionId === submission);
  } finally {
    await store.close();
  }
}

describe('an application to a municipality whose DMS is filled by CMIS', () => {
  test('becomes a folder with its documents; id and Aktenzeichen travel on', async () => {
    const { id, vorgang } = await handOver();
    const { deliveries } = await inState(id, 'COMPLETED');
    const [{ object, path }] = vorgaenge() as [ReturnType<typeof vorgaenge>[number]];
    expect(path).toMatch(/^\/22\.14\.03 Hundesteuer\/\d{4}\/\d{4}-\d\d-\d\d Hundesteuer /);
    const aktenzeichen = object.properties.get('eakte:aktenzeichen')![0];
    expect(deliveries).toEqual([expect.objectContaining({ state: 'CONFIRMED', aktenzeichen, target: 'eakte' })]);
    expect(filesOf(object.id)).toEqual(['Antragsdaten.xml', 'Zwölfender antrag.pdf']);
    const { exchanges, attempts } = await details(deliveries[0].id);
    expect(attempts.map((attempt: Json) => attempt.class)).toEqual(['OK']);
    const names = ['folder:1', 'folder:2', 'name:1', 'vorgang', 'document:1', 'document:2'];
    expect(exchanges[0].steps.map(({ name }: Json) => name)).toEqual(names);
    expect(object.properties.get('ozg:hubId')).toEqual([exchanges[0].id]);
    const filed = { submissionId: id, tenant: 'muehlfelden', vorgang, objectId: object.id, aktenzeichen };
    expect(await announced(id)).toEqual([expect.objectContaining(filed)]);
  });

  test('whose answer is lost is in doubt, asked for, and filed once', async () => {
    repository.inject({ operation: 'createFolder', after: 2, effect: true, answer: 'reset' });
    repository.inject({ operation: 'createDocument', after: 1, effect: true, answer: 'cut' });
    const { id } = await handOver();
    const { deliveries } = await inState(id, 'COMPLETED');
    expect(vorgaenge().map(({ object }) => filesOf(object.id))).toEqual([
      ['Antragsdaten.xml', 'Zwölfender antrag.pdf'],
    ]);
    const { attempts } = await details(deliveries[0].id);
    expect(attempts.map((attempt: Json) => attempt.class)).toEqual([
      'IN_DOUBT',
      'PROBED_NOT_EFFECTIVE',
      'IN_DOUBT',
      'PROBED_NOT_EFFECTIVE',
      'OK',
    ]);
  });

  test('waits while the DMS does not accept the credentials, and goes on when the target is resumed', async () => {
    repository.refuseCredentials();
    const { id } = await handOver();
    const waiting = await deliveryIn(id, 'RETRY_WAIT');
    expect(waiting.code).toBe('HUB_CMIS_UNAUTHENTICATED');
    const { targets } = (await hub.request('GET', '/dms-export/ops/v1/targets')).json;
    expect(targets).toContainEqual(expect.objectContaining({ tenant: 'muehlfelden', paused: true }));
    repository.refuseCredentials(false);
    expect((await operate('targets/muehlfelden/eakte/resume')).status).toBe(200);
    await inState(id, 'COMPLETED');
    expect(vorgaenge()).toHaveLength(1);
  });

  test('that the DMS refuses is parked and says what is there; corrected and replayed it goes on there', async () => {
    repository.inject({ operation: 'createDocument', after: 1, answer: { exception: 'constraint' } });
    const { id } = await handOver();
    const parked = await deliveryIn(id, 'PARKED');
    expect(parked.code).toBe('HUB_CMIS_CONSTRAINT');
    const [{ object }] = vorgaenge() as [ReturnType<typeof vorgaenge>[number]];
    const { attempts } = await details(parked.id);
    expect(attempts.at(-1)).toMatchObject({ class: 'PERMANENT', status: '409' });
    expect(attempts.at(-1).excerpt).toContain(`folder ${object.id} with 1 documents`);
    expect((await operate(`deliveries/${parked.id}/replay`)).status).toBe(200);
    await inState(id, 'COMPLETED');
    expect(vorgaenge().map(({ object: { id: folder } }) => [folder, filesOf(folder).length])).toEqual([[object.id, 2]]);
  });

  test('whose folder a user moved while it was half filed is a question for a person', async () => {
    repository.inject({ operation: 'createDocument', after: 1, answer: { exception: 'constraint' } });
    const { id } = await handOver();
    const parked = await deliveryIn(id, 'PARKED');
    const [{ object }] = vorgaenge() as [ReturnType<typeof vorgaenge>[number]];
    repository.store.move(object.id, repository.store.rootId);
    await operate(`deliveries/${parked.id}/replay`);
    expect(await deliveryIn(id, 'IN_DOUBT')).toMatchObject({ code: 'HUB_DMS_CMIS_MOVED' });
    repository.store.move(object.id, repository.store.byPath('/22.14.03 Hundesteuer').id);
    const reason = 'nobody needs the first folder';
    const probed = async () => (await details(parked.id)).attempts.at(-1).class === 'PROBED_UNKNOWN';
    while (!(await probed()));
    expect((await operate(`deliveries/${parked.id}/replay`, { reason })).json).toMatchObject({ state: 'QUEUED' });
    await inState(id, 'COMPLETED');
    expect(vorgaenge()).toHaveLength(2);
  });

  test('gets what comes later into the same folder, wherever that lies by then', async () => {
    const { id, vorgang } = await handOver();
    await inState(id, 'COMPLETED');
    const [{ object }] = vorgaenge() as [ReturnType<typeof vorgaenge>[number]];
    repository.store.move(object.id, repository.store.rootId);
    const spec = {
      ...UNIT,
      vorgang: `${vorgang}-N`,
      hauptvorgang: vorgang,
      art: 'NACHREICHUNG' as const,
      fachdaten: [],
    };
    const files = [file('antrag', await samplePdf('Nachgereicht', ['Nachweis']))];
    const { json } = await hub.push((await applicationRequest(dog(spec), files)).body());
    const { deliveries } = await inState(json.id, 'COMPLETED');
    expect(deliveries[0]).toMatchObject({ state: 'CONFIRMED' });
    expect(vorgaenge()).toHaveLength(1);
    expect(filesOf(object.id)).toEqual([
      'Antragsdaten (2).xml',
      'Antragsdaten.xml',
      'Zwölfender antrag (2).pdf',
      'Zwölfender antrag.pdf',
    ]);
    expect(await announced(json.id)).toEqual([expect.objectContaining({ objectId: object.id })]);
  });
});
