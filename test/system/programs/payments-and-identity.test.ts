import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { berlinDate } from '@ozg-hub/core';
import { certifiedKey } from '@ozg-hub/testing';
import { type PaymentGround, startPaymentGround } from '../../flow/payment-ground.ts';
import { SamlIdp } from '../../flow/saml-idp.ts';
import { reconciliation, statementOf } from '../../flow/settled-payouts.ts';
import { type Json, type Settings, runCommand } from './command.ts';

const PUBLIC = 'https://hub.example';
const NOBODY = '0198c0de-0000-7000-8000-000000000001';
const today = () => berlinDate(new Date());

let folder: string;
let ground: PaymentGround;
let settings: Settings;
/** The BundID, with a certificate that lasts and with one that ends this week. */
let lasting: SamlIdp;
let ending: SamlIdp;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  const [ours, theirs, short] = await Promise.all([
    certifiedKey({ commonName: 'hub', bits: 3072 }),
    certifiedKey({ commonName: 'idp' }),
    certifiedKey({ commonName: 'idp', days: 3 }),
  ]);
  lasting = new SamlIdp('https://bundid.example/idp', theirs, ours, 'both');
  ending = new SamlIdp(lasting.entityId, short, ours, 'both');
  let directory = '';
  const addTo = async (path: string) => {
    directory = path;
    await writeFile(join(folder, 'sign.key'), ours.key);
    await writeFile(join(folder, 'sign.pem'), ours.certificate);
    await mkdir(join(path, 'identity'), { recursive: true });
    await writeFile(join(path, 'identity/bundid.xml'), lasting.metadata());
    await writeFile(join(path, 'identity.yaml'), identityYaml());
  };
  ground = await startPaymentGround({ reconciliation, addTo, environment: { HUB_IDENTITY_PUBLIC_URL: PUBLIC } });
  settings = { HUB_DATA_DIR: ground.hub.dataDir, HUB_DIRECTORY: directory, HUB_IDENTITY_PUBLIC_URL: PUBLIC };
}, 60_000);
afterAll(async () => {
  await ground?.stop();
  await rm(folder, { recursive: true, force: true });
});

const identityYaml = () => `providers:
  - id: bundid
    name: BundID
    kind: bundid
    entityId: ${PUBLIC}/identity/saml/bundid
    metadata: bundid.xml
    keys: { signing: [{ certificate: 'file:${folder}/sign.pem', privateKey: 'file:${folder}/sign.key' }] }
    settings: { onlineServiceId: BMI-A0000, attributes: [{ name: surname, required: true }] }
clients: []
`;

const run = (...args: readonly string[]) => runCommand(args, settings, folder);
const payments = (...args: readonly string[]) => run('payments', ...args);

/** What a failing command says as JSON: its exit code, and the code of the error. */
async function refusal(...args: readonly string[]): Promise<[number, string]> {
  const { code, json } = await run(...args, '--json');
  return [code, json().error.code];
}

/** A file beside the hub. */
async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A paid fee of 25.00, and the event that tells a finance system of it. */
async function paid(key: string): Promise<{ id: string; eventId: string; kassenzeichen: string; paidOn: string }> {
  const items = [{ id: 'ausweis', name: 'Gästekarte', amount: '25.00', quantity: 1, taxRate: '0.00' }];
  const { id } = (await ground.ask({ items }, key)).json;
  await ground.epay.pay(id);
  await ground.hub.request('POST', `/epay21-bridge/ops/v1/payments/${id}/look`);
  const { kassenzeichen, paidAt } = await ground.details(id);
  return { id, eventId: (await ground.events(id)).at(-1)!.id, kassenzeichen, paidOn: berlinDate(new Date(paidAt)) };
}

describe('payments', () => {
  let agreed: Awaited<ReturnType<typeof paid>>;
  let differing: Awaited<ReturnType<typeof paid>>;
  let posted: Json;

  beforeAll(async () => {
    [agreed, differing] = [await paid('fee-of-cli-1'), await paid('fee-of-cli-2')];
  }, 20_000);

  test('are listed by filter, and shown one by one with what happened to them', async () => {
    const [list, filtered, none, calm, one, json] = await Promise.all([
      payments('list', '--limit', '10'),
      payments('list', '--kassenzeichen', agreed.kassenzeichen, '--state', 'paid', '--json'),
      payments('list', '--tenant', 'muehlfelden'),
      payments('list', '--attention', '--json'),
      payments('show', agreed.id),
      payments('show', agreed.id, '--json'),
    ]);
    expect([list.code, list.stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^payment +municipality[^\\n]*\\n[^]*${agreed.id} +musterstadt +\\S+ +25\\.00 EUR +PAID`),
      ),
    ]);
    expect([filtered.code, filtered.json().payments.map(({ id }: Json) => id)]).toEqual([0, [agreed.id]]);
    expect([none.code, none.stdout]).toEqual([0, 'There are no such payments.\n']);
    expect([calm.code, calm.json()]).toEqual([0, { payments: [] }]);
    expect([one.code, one.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${agreed.id}  PAID\n[^]*INITIATED`)),
    ]);
    expect(json.json()).toMatchObject({ id: agreed.id, amount: '25.00', history: expect.any(Array) });
  }, 60_000);

  test('of a day are exported into a file, which is handed over again byte by byte', async () => {
    const out = join(folder, 'out');
    const exported = await payments(
      'export',
      '--tenant',
      'musterstadt',
      '--day',
      today(),
      '--early',
      '--out',
      out,
      '--json',
    );
    posted = exported.json().files[0];
    expect([exported.code, posted]).toEqual([
      0,
      expect.objectContaining({ state: 'HANDED_OVER', postings: 2, gross: '50.00' }),
    ]);
    const written = await readFile(join(out, posted.name), 'utf8');
    expect(written).toContain(`<EndToEndId>${agreed.kassenzeichen}</EndToEndId>`);
    const again = join(folder, 'again');
    const [nothing, files, reissued] = await Promise.all([
      payments('export', '--tenant', 'musterstadt', '--day', today(), '--early'),
      payments('files', '--day', today()),
      payments('reissue', posted.id, '--out', again),
    ]);
    expect([nothing.code, nothing.stdout]).toEqual([0, 'There is nothing new to post.\n']);
    expect([files.code, files.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`${posted.id} +${posted.name} +musterstadt`)),
    ]);
    expect([reissued.code, reissued.stdout]).toEqual([0, `${posted.name} is HANDED_OVER.\n`]);
    expect(await readFile(join(again, posted.name), 'utf8')).toBe(written);
  }, 60_000);

  test('are booked by the answers of a finance system; exit code 1 where any is refused', async () => {
    const head = 'paymentId;eventId;outcome;document;code\n';
    const answers = await file(
      'answers.csv',
      `${head}${agreed.id};${agreed.eventId};ACCEPTED;RE-1;\n${NOBODY};${agreed.eventId};ACCEPTED;RE-2;\n`,
    );
    const some = await payments('bookings', answers);
    expect([some.code, some.stdout]).toEqual([1, `1 answers were taken.\n${NOBODY}: HUB_EPAY_PAYMENT_UNKNOWN\n`]);
    const rejected = await file('rejected.csv', `${head}${differing.id};${differing.eventId};REJECTED;;KONTO\n`);
    expect((await payments('bookings', rejected)).code).toBe(0);
    const attention = await payments('list', '--attention');
    expect([attention.code, attention.stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`${differing.id} .* REJECTED +KONTO`)),
    ]);
    const all = await file('all.csv', `${head}${differing.id};${differing.eventId};ACCEPTED;RE-3;\n`);
    const taken = await payments('bookings', all, '--json');
    expect([taken.code, taken.json()]).toEqual([0, { taken: 1, refused: [] }]);
    const shown = await payments('show', differing.id);
    expect(shown.stdout).toContain('for kasse: booking ACCEPTED RE-3');
  }, 60_000);

  test('are compared with payment service and bank; what does not agree is open until a person closes it', async () => {
    const days = [...new Set([agreed.paidOn, differing.paidOn])];
    const list = days
      .map((day) => ground.epay.settlement(day))
      .join('')
      .replaceAll(/(?<=\n)transactionId[^\n]*\n/g, '');
    const wrong = list.replace(
      new RegExp(`^(.*${differing.id}.*);25\\.00;([^;]*);24\\.65;`, 'm'),
      '$1;26.00;$2;25.65;',
    );
    const statement = await file('statement.xml', await statementOf(wrong, differing.paidOn));
    const files = ['--list', await file('list.csv', wrong), '--statement', statement, '--statement', statement];
    const order = ['reconcile', '--tenant', 'musterstadt', '--day', today()];
    const compared = await payments(...order, ...files);
    expect([compared.code, compared.stdout]).toEqual([
      1,
      expect.stringContaining('list.csv: 2 entries, 2 of them new\n'),
    ]);
    expect(compared.stdout).toContain(`statement.xml: ${days.length} entries, 0 of them new\n`);
    expect(compared.stdout).toMatch(/MATCHED +1\n[^]*AMOUNT_DIFF +1\n/);
    expect(compared.stdout).toMatch(/EUR: hub 50\.00, payment service 51\.00 \(-1\.00\)/);

    const open = await payments('open-items', '--class', 'amount_diff', '--json');
    const [item] = open.json().items;
    expect([open.code, item]).toEqual([1, expect.objectContaining({ paymentId: differing.id, provider: '26.00' })]);
    const table = await payments('open-items', '--tenant', 'musterstadt');
    expect([table.code, table.stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`${item.id} +musterstadt +AMOUNT_DIFF +GROSS`)),
    ]);
    const closed = await payments('close-item', item.id, '--reason', 'Betrag laut Dienst');
    expect([closed.code, closed.stdout]).toEqual([0, `${item.id} (AMOUNT_DIFF) is closed.\n`]);
    const [none, all, twice, after] = await Promise.all([
      payments('open-items'),
      payments('open-items', '--closed', '--payment-id', differing.id, '--json'),
      refusal('payments', 'close-item', item.id, '--reason', 'noch einmal'),
      payments(...order, '--json'),
    ]);
    expect([none.code, none.stdout]).toEqual([0, 'Everything agrees.\n']);
    expect([all.code, all.json().items[0].reason]).toEqual([0, 'Betrag laut Dienst']);
    expect(twice).toEqual([1, 'HUB_EPAY_ITEM_CLOSED']);
    expect([after.code, after.json().run.classes.AMOUNT_DIFF]).toEqual([0, 0]);
  }, 60_000);

  test.each([
    [['show', NOBODY], 'HUB_EPAY_PAYMENT_UNKNOWN'],
    [['show', '../files'], 'HUB_HTTP_BAD_REQUEST'],
    [['list', '--state', 'lost'], 'HUB_HTTP_BAD_REQUEST'],
    [['export', '--tenant', 'nirgends', '--day', '2026-01-02'], 'HUB_EPAY_FILE_NO_TARGET'],
    [['reissue', NOBODY], 'HUB_EPAY_FILE_UNKNOWN'],
    [['bookings', 'nowhere.csv'], 'HUB_FILE_UNREADABLE'],
    [['bookings', '.'], 'HUB_FILE_UNREADABLE'],
    [['reconcile', '--tenant', 'muehlfelden', '--day', '2026-01-02'], 'HUB_EPAY_NO_RECONCILIATION'],
    [['open-items', '--class', 'odd'], 'HUB_HTTP_BAD_REQUEST'],
    [['close-item', NOBODY, '--reason', 'x'], 'HUB_EPAY_RECONCILIATION_UNKNOWN'],
  ])('%j fails with exit code 1 and a code', async (args, code) => {
    expect(await refusal('payments', ...args)).toEqual([1, code]);
  });

  test('what is wrong is told to a person with what to do', async () => {
    const { code, stdout, stderr } = await payments('show', NOBODY);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^HUB_EPAY_PAYMENT_UNKNOWN: .*\nWhat to do: .*\n$/);
  });
});

describe('identity', () => {
  test('metadata are printed for the provider, or written into a file', async () => {
    const path = join(folder, 'sp.xml');
    const [printed, json, written] = await Promise.all([
      run('identity', 'metadata', 'bundid'),
      run('identity', 'metadata', 'bundid', '--json'),
      run('identity', 'metadata', 'bundid', '--out', path),
    ]);
    expect([printed.code, printed.stdout]).toEqual([
      0,
      expect.stringContaining(`entityID="${PUBLIC}/identity/saml/bundid"`),
    ]);
    expect(json.json()).toEqual({ provider: 'bundid', metadata: printed.stdout.trimEnd() });
    expect([written.code, written.stdout]).toEqual([0, `Written to ${path}.\n`]);
    expect(await readFile(path, 'utf8')).toBe(printed.stdout);
    expect(await refusal('identity', 'metadata', 'niemand')).toEqual([1, 'HUB_IDENTITY_PROVIDER_UNKNOWN']);
  }, 60_000);

  test('check ends with 1 where a certificate is a problem, and with 0 where none is', async () => {
    const calm = await run('identity', 'check');
    expect([calm.code, calm.stdout]).toEqual([0, expect.stringMatching(/bundid +hub +signing +36\d/)]);
    const metadata = await file('idp.xml', ending.metadata());
    expect((await run('identity', 'import', metadata)).code).toBe(0);
    expect((await run('directory', 'reload')).code).toBe(0);
    const [text, json] = await Promise.all([run('identity', 'check'), run('identity', 'check', '--json')]);
    expect([text.code, text.stdout]).toEqual([
      1,
      expect.stringMatching(/problem: bundid certificates: .* ends in 2 days/),
    ]);
    expect([json.code, json.json().findings.map(({ level }: Json) => level)]).toEqual([
      1,
      expect.arrayContaining(['problem']),
    ]);
    expect(await refusal('identity', 'import', 'nowhere.xml')).toEqual([1, 'HUB_FILE_UNREADABLE']);
  }, 60_000);

  test('keys are rotated for one purpose or for both; withdrawn ones are accepted no more', async () => {
    const kids = async (): Promise<string[]> =>
      (await ground.hub.request('GET', '/identity/oidc/jwks')).json.keys.map(({ kid }: Json) => kid);
    const before = await kids();
    const proof = await run('identity', 'keys', 'rotate', '--purpose', 'proof', '--json');
    expect([proof.code, proof.json().keys]).toEqual([0, [{ purpose: 'proof', kid: expect.any(String) }]]);
    expect(await kids()).toEqual(before);
    const both = await run('identity', 'keys', 'rotate');
    expect([both.code, both.stdout]).toEqual([0, expect.stringMatching(/^(?:(?:oidc|proof): \S+\n){2}$/)]);
    expect(await kids()).toEqual(expect.arrayContaining(before));
    const withdrawn = await run('identity', 'keys', 'rotate', '--purpose', 'oidc', '--withdraw', '--json');
    expect(withdrawn.code).toBe(0);
    expect(await kids()).toEqual([withdrawn.json().keys[0].kid]);
  }, 60_000);
});

describe('called wrongly', () => {
  test.each([
    [['payments', 'list', '--limit', 'many'], '--limit'],
    [['payments', 'show'], 'payment'],
    [['payments', 'export', '--tenant', 'musterstadt'], '--day'],
    [['payments', 'list', '--odd'], '--odd'],
    [['payments', 'close-item', NOBODY], '--reason'],
    [['identity', 'keys', 'rotate', '--purpose', 'all'], '--purpose'],
  ])('%j ends with 2 and says what is missing', async (args, named) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(named);
    expect(stderr).toContain('--help');
  });

  test('--help explains, with exit code 0', async () => {
    const asked = [['payments'], ['payments', 'reconcile'], ['identity', 'keys', 'rotate']];
    for (const { code, stdout, stderr } of await Promise.all(asked.map((args) => run(...args, '--help')))) {
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: ozg-hub /);
    }
  });
});
