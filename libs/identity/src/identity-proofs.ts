import { type Clock, newId, systemClock } from '@ozg-hub/core';
import type { HubSecrets } from '@ozg-hub/vault';
import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { identityErrors } from './errors.ts';
import {
  type ProofBinding,
  type ProofClaims,
  type ProofStatement,
  type ProvenIdentity,
  proofClaims,
  proofStatement,
  provenIdentity,
} from './proof-claims.ts';
import { ProofCipher } from './proof-cipher.ts';
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.ts';

export interface IdentityProofsOptions {
  readonly keys: SigningKeys;
  /** `vault.secrets` */
  readonly secrets: HubSecrets;
  readonly clock?: Clock;
}

export interface SignedProof {
  /** Compact JWS, at most {@link PROOF_MAX_LENGTH} characters of A-Z a-z 0-9 - _ and dots. */
  readonly proof: string;
  /** UUID, the same as `id` of the {@link VerifiedProof}. */
  readonly id: string;
  readonly expiresAt: Date;
}

/** A login that this hub vouches for. */
export interface VerifiedProof extends ProofStatement {
  /** The `jti`. Whoever takes a proof remembers it with the application: another application is not to have it. */
  readonly id: string;
  readonly authenticatedAt: Date;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly identity: ProvenIdentity;
}

/** Filling in the form, and 72 hours in which its sender repeats what did not get through. */
const LIFETIME_SECONDS = 3 * 86_400;
/**
 * Largest proof in characters. A company with every attribute of MUK makes about 6000; Base64 inside of Base64 turns
 * 9 KiB of attributes into 16 KiB, which is also what Node takes as headers of a request.
 */
export const PROOF_MAX_LENGTH = 16_384;
/** Clocks of two machines of one hub may differ by this. */
const SKEW_SECONDS = 60;
const TYPE = 'ozg-identity-proof+jwt';
const ISSUER = 'ozg-hub/identity';
const AUDIENCE = 'ozg-hub';
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;

/**
 * The identity proof: who signed in, how strongly, for which application. A JWS (RFC 7515) of ES256; the attributes,
 * the key of the account and the reply address are inside as JWE (RFC 7516) that only this hub can read.
 */
export class IdentityProofs {
  readonly #keys: SigningKeys;
  readonly #cipher: ProofCipher;
  readonly #clock: Clock;

  constructor(options: IdentityProofsOptions) {
    this.#keys = options.keys;
    this.#cipher = new ProofCipher(options.secrets);
    this.#clock = options.clock ?? systemClock;
  }

  /** @throws HUB_IDENTITY_CONTENTS_INVALID, HUB_IDENTITY_PROOF_TOO_LONG */
  async sign(
    statement: ProofStatement & { readonly authenticatedAt: Date },
    identity: ProvenIdentity,
  ): Promise<SignedProof> {
    const { authenticatedAt, ...stated } = statement;
    const checked = proofStatement.safeParse(stated);
    const inside = provenIdentity.safeParse(identity);
    if (!checked.success || !inside.success) throw identityErrors.HUB_IDENTITY_CONTENTS_INVALID();
    const now = this.#clock.now();
    const iat = toSeconds(now);
    const exp = iat + LIFETIME_SECONDS;
    const jti = newId(now);
    const claims: ProofClaims = {
      ...checked.data,
      iss: ISSUER,
      aud: AUDIENCE,
      jti,
      iat,
      exp,
      auth_time: toSeconds(authenticatedAt),
      identity: await this.#cipher.encrypt(inside.data, jti),
    };
    const { kid, privateJwk } = await this.#keys.current('proof');
    const proof = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: TYPE, kid })
      .sign(await importJWK(privateJwk, SIGNING_ALGORITHM));
    if (proof.length > PROOF_MAX_LENGTH) throw identityErrors.HUB_IDENTITY_PROOF_TOO_LONG();
    return { proof, id: jti, expiresAt: new Date(exp * 1000) };
  }

  /**
   * Checks form, algorithm, key, signature, issuer, audience, times and binding, in this order, then decrypts.
   * @throws HUB_IDENTITY_PROOF_… of the first that is wrong; HUB_STORE_… where keys cannot be read
   */
  async verify(text: string, expected: ProofBinding): Promise<VerifiedProof> {
    const claims = await this.#signedClaims(text);
    if (claims.iss !== ISSUER) throw identityErrors.HUB_IDENTITY_PROOF_ISSUER();
    if (claims.aud !== AUDIENCE) throw identityErrors.HUB_IDENTITY_PROOF_AUDIENCE();
    const now = toSeconds(this.#clock.now());
    if (claims.iat > now + SKEW_SECONDS) throw identityErrors.HUB_IDENTITY_PROOF_NOT_YET_VALID();
    if (claims.exp <= now - SKEW_SECONDS) throw identityErrors.HUB_IDENTITY_PROOF_EXPIRED();
    if (claims.tenant !== expected.tenant) throw identityErrors.HUB_IDENTITY_PROOF_OTHER_TENANT();
    if (claims.leistung !== expected.leistung) throw identityErrors.HUB_IDENTITY_PROOF_OTHER_LEISTUNG();
    if (claims.application !== expected.application) throw identityErrors.HUB_IDENTITY_PROOF_OTHER_APPLICATION();
    const { tenant, leistung, application, applicant, vertrauensniveau, provider } = claims;
    return {
      id: claims.jti,
      tenant,
      leistung,
      application,
      applicant,
      vertrauensniveau,
      provider,
      authenticatedAt: new Date(claims.auth_time * 1000),
      issuedAt: new Date(claims.iat * 1000),
      expiresAt: new Date(claims.exp * 1000),
      identity: await this.#cipher.decrypt(claims.identity, claims.jti),
    };
  }

  async #signedClaims(text: string): Promise<ProofClaims> {
    if (text.length > PROOF_MAX_LENGTH) throw identityErrors.HUB_IDENTITY_PROOF_TOO_LONG();
    const { alg, kid } = readHeader(text);
    if (alg !== SIGNING_ALGORITHM) throw identityErrors.HUB_IDENTITY_PROOF_ALGORITHM();
    if (!FORM.test(text) || !isCanonical(text)) throw identityErrors.HUB_IDENTITY_PROOF_MALFORMED();
    const known = kid === undefined ? undefined : await this.#keys.publicKey('proof', kid);
    if (!known) throw identityErrors.HUB_IDENTITY_PROOF_KEY_UNKNOWN();
    const key = await importJWK(known.publicJwk, SIGNING_ALGORITHM);
    const { payload, protectedHeader } = await compactVerify(text, key, { algorithms: [SIGNING_ALGORITHM] }).catch(
      (cause: unknown) => {
        throw identityErrors.HUB_IDENTITY_PROOF_SIGNATURE({ cause });
      },
    );
    if (protectedHeader.typ !== TYPE) throw identityErrors.HUB_IDENTITY_PROOF_MALFORMED();
    return readClaims(payload);
  }
}

/** True for a text that means to be an identity proof of a hub, right or wrong; a proof of another kind is none. */
export function isIdentityProof(text: string): boolean {
  try {
    return decodeProtectedHeader(text).typ === TYPE;
  } catch {
    return false;
  }
}

function readHeader(text: string): { alg: string | undefined; kid: string | undefined } {
  try {
    const { alg, kid } = decodeProtectedHeader(text);
    return { alg, kid: typeof kid === 'string' ? kid : undefined };
  } catch (cause) {
    throw identityErrors.HUB_IDENTITY_PROOF_MALFORMED({ cause });
  }
}

/** Base64url has several texts for the same bytes; only the one that the signer wrote counts. */
function isCanonical(text: string): boolean {
  return text.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function readClaims(payload: Uint8Array): ProofClaims {
  try {
    return proofClaims.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch (cause) {
    throw identityErrors.HUB_IDENTITY_PROOF_MALFORMED({ cause });
  }
}

function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
