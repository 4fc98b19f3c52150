import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { type TestDatabase, propertyRun, testDatabase } from '@ozg-hub/testing/database';
import { Keyring, Vault, vaultMigrations } from '@ozg-hub/vault';
import fc from 'fast-check';
import { CompactSign, type JWK, SignJWT, UnsecuredJWT, importJWK } from 'jose';
import { IdentityProofs, PROOF_MAX_LENGTH, SigningKeys, identityKeyMigrations } from './index.ts';
import type { ProofBinding, ProofStatement, ProvenIdentity } from './index.ts';

const statement: ProofStatement & { authenticatedAt: Date } = {
  tenant: 'musterstadt',
  leistung: '99102001234000',
  application: 'V-2026-000123',
  applicant: 'citizen',
  vertrauensniveau: 'substanziell',
  provider: 'bundid',
  authenticatedAt: new Date('2026-11-22T09:58:30Z'),
};
const identity: ProvenIdentity = {
  subject: 'BAYERN-bpk2-erika',
  attributes: [
    { name: 'givenName', value: 'Erika', trust: 'substanziell' },
    { name: 'surname', value: 'Mustermann', trust: 'substanziell' },
    { name: 'mail', value: 'erika@example.org' },
  ],
  replyAddress: { kind: 'BUNDID', address: '3b241101-e2bb-4255-8caf-4136c566a962' },
};
const { tenant, leistung, application } = statement;
const binding: ProofBinding = { tenant, leistung, application };

const refused: unknown = expect.stringMatching(/^HUB_IDENTITY_PROOF_/);

let db: TestDatabase;
let folder: string;
let vault: Vault;
let now: Date;
let keys: SigningKeys;
let proofs: IdentityProofs;

const clock = { now: () => now };
const open = (purpose = vault) =>
  new SigningKeys({ store: db.database.open('identity_keys'), secrets: purpose.secrets, clock });

beforeAll(async () => {
  db = await testDatabase([vaultMigrations, identityKeyMigrations]);
  folder = await mkdtemp(join(tmpdir(), 'identity-'));
  const keyring = await Keyring.open({ reference: `file:${folder}/keys/keyring.json`, create: true });
  vault = new Vault({
    store: db.database.open('vault'),
    dataDir: join(folder, 'vault'),
    keyring,
    logger: silentLogger,
  });
  now = new Date('2026-11-22T10:00:00Z');
  keys = open();
  proofs = new IdentityProofs({ keys, secrets: vault.secrets, clock });
});

afterAll(async () => {
  await db.drop();
  await rm(folder, { recursive: true });
});

const payloadOf = (proof: string) =>
  JSON.parse(Buffer.from(proof.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

/** Signs by the hub's own key what the hub would never sign. */
async function forged(claims: object, header: object = {}): Promise<string> {
  const { kid, privateJwk } = await keys.current('proof');
  return await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: 'ozg-identity-proof+jwt', kid, ...header })
    .sign(await importJWK(privateJwk, 'ES256'));
}

describe('an identity proof', () => {
  test('says who signed in, how strongly, for which application', async () => {
    const { proof, id, expiresAt } = await proofs.sign(statement, identity);
    expect(await proofs.verify(proof, binding)).toEqual({
      ...statement,
      id,
      identity,
      issuedAt: now,
      expiresAt,
    });
  });

  test('is for an application of any reference that a source may have', async () => {
    const reference = 'MÜS 2026/000483 (Nachtrag)';
    const { proof } = await proofs.sign({ ...statement, application: reference }, identity);
    expect((await proofs.verify(proof, { ...binding, application: reference })).application).toBe(reference);
  });

  test('is accepted by another process that has the database and the keyring, not the key', async () => {
    const { proof } = await proofs.sign(statement, identity);
    const other = new IdentityProofs({ keys: open(), secrets: vault.secrets, clock });
    expect((await other.verify(proof, binding)).identity).toEqual(identity);
  });

  test('shows nothing of the person to who carries it', async () => {
    const { proof } = await proofs.sign(statement, identity);
    const shown = JSON.stringify(payloadOf(proof));
    for (const secret of ['Erika', 'Mustermann', 'example.org', identity.subject, identity.replyAddress!.address]) {
      expect(shown).not.toContain(secret);
    }
    expect(Object.keys(payloadOf(proof)).toSorted()).toEqual(
      'applicant application aud auth_time exp iat identity iss jti leistung provider tenant vertrauensniveau'.split(
        ' ',
      ),
    );
  });

  test.each([
    ['municipality', { tenant: 'beispielhausen' }, 'HUB_IDENTITY_PROOF_OTHER_TENANT'],
    ['Leistung', { leistung: '99102001234001' }, 'HUB_IDENTITY_PROOF_OTHER_LEISTUNG'],
    ['application', { application: 'V-2026-000124' }, 'HUB_IDENTITY_PROOF_OTHER_APPLICATION'],
  ])('is no proof for another %s', async (_, other, code) => {
    const { proof } = await proofs.sign(statement, identity);
    await expect(proofs.verify(proof, { ...binding, ...other })).rejects.toMatchObject({ code });
  });

  test('ends after three days, and is not accepted before it was made; clocks may differ by a minute', async () => {
    const made = now;
    const { proof, expiresAt } = await proofs.sign(statement, identity);
    const at = async (seconds: number, from: Date) => {
      now = new Date(from.getTime() + seconds * 1000);
      return await proofs.verify(proof, binding).then(
        () => 'accepted',
        (error: { code: string }) => error.code,
      );
    };
    try {
      expect(expiresAt.getTime() - made.getTime()).toBe(72 * 3_600_000);
      expect(await at(59, expiresAt)).toBe('accepted');
      expect(await at(61, expiresAt)).toBe('HUB_IDENTITY_PROOF_EXPIRED');
      expect(await at(-59, made)).toBe('accepted');
      expect(await at(-62, made)).toBe('HUB_IDENTITY_PROOF_NOT_YET_VALID');
    } finally {
      now = made;
    }
  });

  test('is refused with another audience or issuer, even where the signature is right', async () => {
    const claims = payloadOf((await proofs.sign(statement, identity)).proof);
    const verdict = async (other: object) => await proofs.verify(await forged({ ...claims, ...other }), binding);
    await expect(verdict({ aud: 'online-dienst' })).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_AUDIENCE' });
    await expect(verdict({ iss: 'https://example.org' })).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_ISSUER' });
    await expect(verdict({ exp: 'never' })).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_MALFORMED' });
    await expect(verdict({ role: 'admin' })).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_MALFORMED' });
    const asToken = await forged(claims, { typ: 'JWT' });
    await expect(proofs.verify(asToken, binding)).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_MALFORMED' });
  });

  test('is refused without a signature, and where the public key was used as a secret', async () => {
    const claims = payloadOf((await proofs.sign(statement, identity)).proof);
    const { kid, publicJwk } = await keys.current('proof');
    const header = { alg: 'HS256', typ: 'ozg-identity-proof+jwt', kid };
    const confused = (secret: string) => new SignJWT(claims).setProtectedHeader(header).sign(Buffer.from(secret));
    const none = new UnsecuredJWT(claims).encode();
    for (const text of [none, await confused(JSON.stringify(publicJwk)), await confused(publicJwk.x!)]) {
      await expect(proofs.verify(text, binding)).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_ALGORITHM' });
    }
  });

  test('is refused from a key that the hub does not know, also where the proof brings it along', async () => {
    const claims = payloadOf((await proofs.sign(statement, identity)).proof);
    const { publicJwk } = await keys.current('oidc');
    const texts = [
      await forged(claims, { kid: 'no-such-key' }),
      await forged(claims, { kid: undefined }),
      await forged(claims, { kid: 'no-such-key', jwk: publicJwk as JWK }),
      await forged(claims, { kid: (await keys.current('oidc')).kid }),
    ];
    for (const text of texts) {
      await expect(proofs.verify(text, binding)).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_KEY_UNKNOWN' });
    }
  });

  test('cannot lend its attributes to another proof', async () => {
    const [one, other] = [await proofs.sign(statement, identity), await proofs.sign(statement, identity)];
    const mixed = await forged({ ...payloadOf(one.proof), identity: payloadOf(other.proof)['identity'] });
    await expect(proofs.verify(mixed, binding)).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_UNREADABLE' });
  });

  test('is bounded: what is longer is neither made nor read', async () => {
    const attributes = Array.from({ length: 3 }, (_, n) => ({ name: `a${n}`, value: 'x'.repeat(4000) }));
    const made = proofs.sign(statement, { ...identity, attributes });
    await expect(made).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_TOO_LONG' });
    const long = 'a'.repeat(PROOF_MAX_LENGTH + 1);
    await expect(proofs.verify(long, binding)).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROOF_TOO_LONG' });
  });

  test('fits with every attribute that BundID and MUK know', async () => {
    const attributes = Array.from({ length: 30 }, (_, n) => ({
      name: `urn:oid:1.3.6.1.4.1.25484.494450.${n}`,
      value: 'Musterstraße 17, 35390 Gießen, Hinterhaus, bei Mustermann GmbH & Co. KG',
      trust: 'hoch' as const,
    }));
    const { proof } = await proofs.sign(statement, { ...identity, attributes });
    expect(proof.length).toBeLessThan(PROOF_MAX_LENGTH);
  });

  test('is not made of what cannot be proved', async () => {
    const wrong = [
      ...['', ' V-1', 'V-1\n', 'x'.repeat(201)].map((wrong) =>
        proofs.sign({ ...statement, application: wrong }, identity),
      ),
      proofs.sign({ ...statement, leistung: '99 102' }, identity),
      proofs.sign(statement, { ...identity, subject: '' }),
    ];
    for (const made of wrong) await expect(made).rejects.toMatchObject({ code: 'HUB_IDENTITY_CONTENTS_INVALID' });
  });

  test('never verifies with one character changed, left out or added', async () => {
    const { proof } = await proofs.sign(statement, identity);
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n~ä'];
    const changed = fc
      .tuple(fc.nat(proof.length - 1), fc.constantFrom(...characters), fc.constantFrom('change', 'insert', 'drop'))
      .map(([at, character, how]) => {
        if (how === 'drop') return proof.slice(0, at) + proof.slice(at + 1);
        return proof.slice(0, at) + character + proof.slice(how === 'change' ? at + 1 : at);
      })
      .filter((text) => text !== proof);
    const { steps, seed } = propertyRun();
    await fc.assert(
      fc.asyncProperty(changed, async (text) => {
        await expect(proofs.verify(text, binding)).rejects.toMatchObject({ code: refused });
      }),
      { numRuns: Math.ceil(steps / 500), seed },
    );
  });

  test('has one spelling: no other last character stands for the same signature', async () => {
    const { proof } = await proofs.sign(statement, identity);
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const text = proof.slice(0, -1) + last;
      if (text === proof) continue;
      await expect(proofs.verify(text, binding)).rejects.toMatchObject({ code: refused });
    }
  });
});
