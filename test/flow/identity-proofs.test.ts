import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { IdentityProofs, type ProofStatement, SigningKeys } from '@ozg-hub/identity';
import { type Envelope, envelope } from '@ozg-hub/submission';
import {
  type ApplicationSpec,
  Browser,
  FakeBundId,
  FakeMuk,
  applicationRequest,
  certifiedKey,
  fakeBundIdPersons,
  formsOf,
  multipartBody,
} from '@ozg-hub/testing';
import { Keyring, Vault, defaultKeyringReference } from '@ozg-hub/vault';
import * as client from 'openid-client';
import { antragsdokument } from './applications.ts';
import { discover } from './login-ground.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

const LEISTUNG = '99999004011000';
const BUSINESS = '99999006104000';
/** Demands no level. */
const HUND = { prozessschluessel: 'AnmeldungHund', leika: '99999002101000' };
/** Demands proofs; Mühlfelden takes the word of its sender. */
const STRICT = '00.00.MUS.01000002';

const proven = {
  subject: 'demo-bpk2-of-erika',
  attributes: [
    { name: 'givenName', value: 'Erika', trust: 'substanziell' as const },
    { name: 'surname', value: 'Mustermann', trust: 'substanziell' as const },
  ],
  replyAddress: { kind: 'BUNDID', address: '3b241101-e2bb-4255-8caf-4136c566a962' },
};

/** How browsers know the hub, the BundID and the MUK. */
const PUBLIC = 'https://hub.example';
const BUNDID = 'https://bundid.example';
const MUK = 'https://muk.example';
const CALLBACK = 'https://formulare.example/zurueck';

let folder: string;
let bundid: FakeBundId;
let muk: FakeMuk;
let hub: RunningHub;
let vault: Vault;
let proofs: IdentityProofs;
let lenient: string;

/** Alters a file of the directory's copy. */
async function edit(file: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(path, change(text));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-proofs-'));
  await cp(fileURLToPath(new URL('../../deploy/directory', import.meta.url)), folder, { recursive: true });
  await edit('tenants/musterstadt.yaml', (text) => text.replace(', acceptUnverifiedIdentity: true', ''));
  await edit('blueprints/jagdpachtvertrag-anzeigen@1.yaml', (text) => `${text}\napplicantKinds: [natuerlich]\n`);
  const muehlfelden = await readFile(join(folder, 'tenants/muehlfelden.yaml'), 'utf8');
  lenient = /key: ([\w.]+)/.exec(muehlfelden)![1]!;
  await identityProviders();
  const environment = { HUB_SERVICES: 'civento-intake,identity', HUB_IDENTITY_PUBLIC_URL: PUBLIC };
  hub = await startHub({ environment: { HUB_DIRECTORY: folder, ...environment } });
  const { database } = hub.database;
  const keyring = await Keyring.open({ reference: defaultKeyringReference(hub.dataDir) });
  vault = new Vault({
    store: database.open('vault'),
    dataDir: join(hub.dataDir, 'vault'),
    keyring,
    logger: silentLogger,
  });
  const { secrets } = vault;
  proofs = new IdentityProofs({ keys: new SigningKeys({ store: database.open('identity_keys'), secrets }), secrets });
});
afterAll(async () => {
  await hub?.stop();
  await Promise.all([bundid?.stop(), muk?.stop()]);
  await rm(folder, { recursive: true });
});

/** Fakes of BundID and MUK, and an online service that may ask the hub to sign in. */
async function identityProviders(): Promise<void> {
  const { key, certificate } = await certifiedKey({ commonName: 'hub and fakes' });
  bundid = new FakeBundId({ key: { key, certificate }, publicUrl: BUNDID });
  muk = new FakeMuk({ key: { key, certificate }, publicUrl: MUK });
  await Promise.all([bundid.start(), muk.start()]);
  await mkdir(join(folder, 'identity'), { recursive: true });
  const files = { 'bundid.xml': bundid.metadata(), 'muk.xml': muk.metadata(), 'sp.key': key, 'sp.pem': certificate };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'identity', name), text);
  const pair = (name: string) => `file:${folder}/identity/${name}`;
  const provider = (id: string, settings: object) => ({
    id,
    name: id,
    kind: id,
    entityId: `${PUBLIC}/identity/saml/${id}`,
    metadata: `${id}.xml`,
    keys: { signing: [{ certificate: pair('sp.pem'), privateKey: pair('sp.key') }] },
    settings,
  });
  const providers = [provider('bundid', { onlineServiceId: 'BMI-A0000' }), provider('muk', {})];
  const clients = [{ id: 'formulare', name: 'Formulare', redirectUris: [CALLBACK] }];
  await writeFile(join(folder, 'identity.yaml'), JSON.stringify({ providers, clients }));
}

/** What an online service gets: sends the browser to the hub, and the person presses the button of the account. */
async function signedIn(application: string, leistung: string, at: FakeBundId | FakeMuk, account: string) {
  const id = at === muk ? 'muk' : 'bundid';
  at.register((await hub.request('GET', `/identity/saml/${id}/metadata`)).text);
  const service = await discover(hub.url, 'formulare');
  const browser = new Browser(CALLBACK);
  for (const [known, address] of [
    [PUBLIC, hub.url],
    [BUNDID, bundid.origin],
    [MUK, muk.origin],
  ] as const)
    browser.routes.set(known, address);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(service, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state,
    tenant: 'musterstadt',
    leistung,
    application,
  });
  let page = await browser.get(url);
  if (page.text.includes('name="provider"')) page = await browser.submit(page, { provider: id });
  const accounts = await browser.submit(page);
  const chosen = formsOf(accounts.text).find(({ button }) => button.startsWith(account))!;
  const answer = await browser.post(new URL(chosen.action, accounts.url), chosen.fields);
  const back = await browser.submit(answer);
  const checks = { pkceCodeVerifier, expectedState: state, idTokenExpected: true };
  return (await client.authorizationCodeGrant(service, back.url, checks)).claims()!;
}

async function proofFor(application: string, other: Partial<ProofStatement> = {}): Promise<string> {
  const statement: ProofStatement = {
    tenant: 'musterstadt',
    leistung: LEISTUNG,
    application,
    applicant: 'citizen',
    vertrauensniveau: 'substanziell',
    provider: 'bundid',
    ...other,
  };
  return (await proofs.sign({ ...statement, authenticatedAt: new Date('2026-11-22T09:58:30Z') }, proven)).proof;
}

const lease = (spec: Partial<ApplicationSpec>): ApplicationSpec => ({
  organisationseinheit: STRICT,
  prozessschluessel: 'JagdpachtvertragAnzeige',
  leika: LEISTUNG,
  applicant: { kind: 'natuerlich', vornamen: 'E.', familienname: 'Musterfrau' },
  ...spec,
});

/** Hands over an application with its Antragsdokument and, where given, a proof as its second part. */
async function push(spec: Partial<ApplicationSpec>, proof?: string, headers = {}): Promise<Answer> {
  const { parts } = await applicationRequest(lease(spec), [await antragsdokument()]);
  const [first, ...files] = parts;
  const part = proof === undefined ? [] : [{ name: 'identity-proof', content: proof }];
  return await hub.push(multipartBody([first!, ...part, ...files]), { headers });
}

const told = ({ status, json }: Answer) => [status, json.code];

async function envelopeOf(id: string): Promise<Envelope> {
  const intake = hub.database.database.open('civento_intake', { maxConnections: 1 });
  const [row] = await intake.query<{ ref: string; tenant: string }>(
    'SELECT envelope_ref AS ref, tenant FROM submission WHERE id = $1',
    [id],
  );
  const bytes = await vault.read(row!.ref, { tenant: row!.tenant }, { maxBytes: 1_000_000 });
  return envelope.parse(JSON.parse(bytes.toString()));
}

describe('an application with an identity proof', () => {
  test('keeps what was verified beside what the citizen typed, and the reply address apart', async () => {
    const said = { source: 'Formular', vertrauensniveau: 'hoch', attributes: { Vorname: 'E.' } } as const;
    const { status, json } = await push({ vorgang: 'J-1', identity: said }, await proofFor('J-1'));
    expect(status).toBe(202);
    const stored = await envelopeOf(json.id);
    expect(stored.applicant).toMatchObject({ vornamen: 'E.', familienname: 'Musterfrau' });
    expect(stored.identity).toEqual({ ...said, verified: false });
    const { replyAddressRef, proofId, ...verified } = stored.verifiedIdentity!;
    expect(verified).toEqual({
      provider: 'bundid',
      applicant: 'citizen',
      vertrauensniveau: 'substanziell',
      authenticatedAt: '2026-11-22T09:58:30.000Z',
      subject: proven.subject,
      attributes: proven.attributes,
    });
    expect(proofId).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(stored)).not.toContain(proven.replyAddress.address);
    const address = await vault.read(replyAddressRef!, { tenant: 'musterstadt' }, { maxBytes: 10_000 });
    expect(JSON.parse(address.toString())).toEqual(proven.replyAddress);
  });

  test('says in the trail who vouches and how strongly, and nowhere in the log who it is', async () => {
    const proof = await proofFor('J-2');
    const { json } = await push({ vorgang: 'J-2' }, proof);
    const intake = hub.database.database.open('civento_intake', { maxConnections: 1 });
    const rows = await intake.query<{ details: object }>(
      `SELECT details FROM audit WHERE kind = 'submission.accepted' AND subject->>'submission' = $1`,
      [json.id],
    );
    expect(rows[0]!.details).toMatchObject({ identityProvider: 'bundid', vertrauensniveau: 'substanziell' });
    const log = await readFile(hub.logFile, 'utf8');
    for (const secret of [proof, proven.subject, proven.replyAddress.address, 'Erika'])
      expect(log).not.toContain(secret);
  });

  test('may carry it as a file, which ends with a line break', async () => {
    expect((await push({ vorgang: 'J-2b' }, `${await proofFor('J-2b')}\r\n`)).status).toBe(202);
  });

  test('may carry it inside its XML, where the profile has a rule for it', async () => {
    const proof = await proofFor('J-3');
    const identity = { source: 'BundID', attributes: {}, proof };
    const { xml } = await applicationRequest(lease({ vorgang: 'J-3', identity }), []);
    const { status, json } = await hub.push(xml);
    expect(status).toBe(202);
    const stored = await envelopeOf(json.id);
    expect(stored.verifiedIdentity).toMatchObject({ provider: 'bundid' });
    expect(stored.identity).toEqual({ source: 'BundID', attributes: {}, verified: false });
    const twice = await push({ vorgang: 'J-3b', identity }, await proofFor('J-3b'));
    expect(told(twice)).toEqual([422, 'HUB_INTAKE_PROOFS_DISAGREE']);
  });

  test('is bound by its Idempotency-Key where it has no Vorgang', async () => {
    const headers = { 'idempotency-key': 'online-dienst-4711' };
    expect((await push({}, await proofFor('online-dienst-4711'), headers)).status).toBe(202);
  });

  test('is the same again with the same proof, also when the proof no longer holds; another has none of it', async () => {
    const proof = await proofFor('J-4');
    const first = await push({ vorgang: 'J-4' }, proof);
    const again = await push({ vorgang: 'J-4' }, proof);
    const later = await push({ vorgang: 'J-4' }, `${proof.slice(0, -4)}AAAA`);
    const without = await push({ vorgang: 'J-4' });
    for (const answer of [again, later, without]) expect([answer.status, answer.json.id]).toEqual([200, first.json.id]);
    expect(told(await push({ vorgang: 'J-5' }, proof))).toEqual([422, 'HUB_IDENTITY_PROOF_OTHER_APPLICATION']);
    const more = await push({ vorgang: 'J-4', art: 'NACHREICHUNG', laufendeNummer: 2 }, proof);
    expect(told(more)).toEqual([409, 'HUB_INTAKE_PROOF_USED']);
  });
});

describe('refused, with nothing stored, is', () => {
  const refused: readonly [string, string, () => Promise<Answer>][] = [
    ['no proof where the Leistung demands a level', 'HUB_INTAKE_IDENTITY_REQUIRED', () => push({ vorgang: 'R-1' })],
    [
      'a proof of another kind, such as a SAML assertion',
      'HUB_INTAKE_IDENTITY_REQUIRED',
      () =>
        push({
          vorgang: 'R-2',
          identity: { source: 'BundID', vertrauensniveau: 'hoch', attributes: {}, proof: 'PHNhbWw6QXNzZXJ0aW9uLz4=' },
        }),
    ],
    [
      'what the source says of who signed in, also where the Leistung demands no level',
      'HUB_INTAKE_IDENTITY_UNVERIFIED',
      () => push({ ...HUND, vorgang: 'R-2b', identity: { source: 'BundID', attributes: { bpk2: 'x' } } }),
    ],
    [
      'a level that the source says, also where the Leistung demands none',
      'HUB_INTAKE_IDENTITY_UNVERIFIED',
      () =>
        push({ ...HUND, vorgang: 'R-2c', identity: { source: 'BundID', vertrauensniveau: 'basis', attributes: {} } }),
    ],
    [
      'a lower level than the Leistung demands',
      'HUB_INTAKE_LEVEL_TOO_LOW',
      async () => push({ vorgang: 'R-3' }, await proofFor('R-3', { vertrauensniveau: 'basis' })),
    ],
    [
      'a company where the Leistung is for natural persons',
      'HUB_INTAKE_APPLICANT_KIND',
      async () => push({ vorgang: 'R-4' }, await proofFor('R-4', { applicant: 'company', provider: 'muk' })),
    ],
    [
      'a proof for another municipality',
      'HUB_IDENTITY_PROOF_OTHER_TENANT',
      async () => push({ vorgang: 'R-5' }, await proofFor('R-5', { tenant: 'muehlfelden' })),
    ],
    [
      'a proof for another Leistung',
      'HUB_IDENTITY_PROOF_OTHER_LEISTUNG',
      async () => push({ vorgang: 'R-6' }, await proofFor('R-6', { leistung: '99999002101000' })),
    ],
    ['a proof that is none', 'HUB_IDENTITY_PROOF_MALFORMED', () => push({ vorgang: 'R-7' }, '')],
    ['a proof without end', 'HUB_IDENTITY_PROOF_TOO_LONG', () => push({ vorgang: 'R-8' }, 'a'.repeat(100_000))],
    [
      'a proof behind the files',
      'HUB_INTAKE_PROOF_PLACE',
      async () => {
        const proof = { name: 'identity-proof', content: await proofFor('R-9') };
        const { parts } = await applicationRequest(lease({ vorgang: 'R-9' }), [await antragsdokument()]);
        return hub.push(multipartBody([parts[0]!, proof, ...parts.slice(1), proof]));
      },
    ],
  ];

  test.each(refused)('%s: %s', async (_, code, send) => {
    const before = await hub.stored();
    const answer = await send();
    expect(told(answer)).toEqual([422, code]);
    expect(answer.json.action).toEqual(expect.any(String));
    expect(await hub.stored()).toEqual(before);
  });
});

test('an application that says nothing of who signed in needs no proof where the Leistung demands no level', async () => {
  const { status, json } = await push({ ...HUND, vorgang: 'H-1' });
  expect(status).toBe(202);
  expect((await envelopeOf(json.id)).identity).toBeUndefined();
});

describe('where a municipality takes unverified identities', () => {
  const there = () => ({ organisationseinheit: lenient });

  test('the source is taken at its word, and the envelope says that it is only that', async () => {
    const identity = { source: 'BundID', vertrauensniveau: 'substanziell', attributes: { bpk2: 'x' } } as const;
    const { status, json } = await push({ ...there(), vorgang: 'L-1', identity });
    expect(status).toBe(202);
    const stored = await envelopeOf(json.id);
    expect(stored.identity).toEqual({ ...identity, verified: false });
    expect(stored.verifiedIdentity).toBeUndefined();
  });

  test('a level that the source itself says is too low is still refused', async () => {
    const identity = { source: 'BundID', vertrauensniveau: 'basis', attributes: {} } as const;
    const low = await push({ ...there(), vorgang: 'L-2', identity });
    expect(told(low)).toEqual([422, 'HUB_INTAKE_LEVEL_TOO_LOW']);
  });

  test('its word is needed where the Leistung demands a level', async () => {
    const said = await push({ ...there(), vorgang: 'L-3', identity: { source: 'BundID', attributes: { bpk2: 'x' } } });
    expect(told(said)).toEqual([422, 'HUB_INTAKE_IDENTITY_REQUIRED']);
    expect(told(await push({ ...there(), vorgang: 'L-3b' }))).toEqual([422, 'HUB_INTAKE_IDENTITY_REQUIRED']);
    expect((await push({ ...there(), ...HUND, vorgang: 'L-3c' })).status).toBe(202);
  });

  test('a company is refused where the Leistung is for natural persons', async () => {
    const identity = { source: 'MUK', vertrauensniveau: 'hoch', attributes: {} } as const;
    const company = { kind: 'juristisch', name: 'Muster GmbH' } as const;
    const answer = await push({ ...there(), vorgang: 'L-5', applicant: company, identity });
    expect(told(answer)).toEqual([422, 'HUB_INTAKE_APPLICANT_KIND']);
  });

  test('a wrong proof is refused all the same', async () => {
    const answer = await push({ ...there(), vorgang: 'L-4' }, await proofFor('L-4'));
    expect(told(answer)).toEqual([422, 'HUB_IDENTITY_PROOF_OTHER_TENANT']);
  });
});

describe('who signs in by the identity service', () => {
  test('applies as a citizen with what the BundID says, the mailbox kept for the answer', async () => {
    const { identity_proof: proof } = await signedIn('J-BundID', LEISTUNG, bundid, 'Erika Mustermann, eID');
    const { status, json } = await push({ vorgang: 'J-BundID' }, proof as string);
    expect(status).toBe(202);
    const { verifiedIdentity } = await envelopeOf(json.id);
    expect(verifiedIdentity).toMatchObject({ provider: 'bundid', applicant: 'citizen', vertrauensniveau: 'hoch' });
    expect(verifiedIdentity!.attributes).toContainEqual({ name: 'birthdate', value: '1964-08-12', trust: 'hoch' });
    const ref = verifiedIdentity!.replyAddressRef!;
    const address = await vault.read(ref, { tenant: 'musterstadt' }, { maxBytes: 10_000 });
    const { mailbox } = fakeBundIdPersons['erika']!;
    expect(JSON.parse(address.toString())).toEqual({ kind: 'BUNDID', address: mailbox });
  });

  test('applies as a company with what Mein Unternehmenskonto says', async () => {
    const { identity_proof: proof } = await signedIn('G-MUK', BUSINESS, muk, 'Muster GmbH');
    const business = { prozessschluessel: 'Gewerbeanmeldung', leika: BUSINESS };
    const { status, json } = await push({ vorgang: 'G-MUK', ...business }, proof as string);
    expect(status).toBe(202);
    const { verifiedIdentity } = await envelopeOf(json.id);
    expect(verifiedIdentity).toMatchObject({ provider: 'muk', applicant: 'company', vertrauensniveau: 'substanziell' });
    expect(verifiedIdentity!.subject).toMatch(/^du-/);
    expect(verifiedIdentity!.attributes).toContainEqual({ name: 'Unternehmensanschrift.Ort', value: 'Gießen' });
  });
});
