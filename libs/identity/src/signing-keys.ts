import { type Clock, newId, systemClock } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import type { HubSecrets } from '@ozg-hub/vault';
import { type JWK, exportJWK, generateKeyPair } from 'jose';
import { identityErrors } from './errors.ts';
import { type SigningKeyRow, SigningKeyRepository } from './signing-key.repository.ts';

/** What a key signs: identity proofs, or tokens of the OpenID Provider. A key of one never verifies the other. */
export type SigningPurpose = 'proof' | 'oidc';

/** The one algorithm of all signing keys: ECDSA on P-256 with SHA-256 (RFC 7518, 3.4; BSI TR-02102-1). */
export const SIGNING_ALGORITHM = 'ES256';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: typeof SIGNING_ALGORITHM;
  /** With `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
  readonly createdAt: Date;
  /** undefined: the current key. Else another took over, and it verifies until then. */
  readonly retiresAt: Date | undefined;
}

export interface SigningKeyPair extends SigningKey {
  /** Secret: never for logs or answers. */
  readonly privateJwk: JWK;
}

export interface SigningKeysOptions {
  /** A handle on the schema `identity_keys`. */
  readonly store: Store;
  /** `vault.secrets`. Not needed where keys only verify. */
  readonly secrets: HubSecrets;
  readonly clock?: Clock;
}

export interface RotateOptions {
  /**
   * All keys before are withdrawn: what they signed is refused within a minute, and the new key signs at once. For a key
   * that somebody else may have. Other processes may sign with the keys before for a minute. Default: false.
   */
  readonly withdraw?: boolean;
}

const DAY_SECONDS = 86_400;
/** How long a former key verifies: longer than anything it signed is valid. */
const VERIFIES_SECONDS: Readonly<Record<SigningPurpose, number>> = { proof: 8 * DAY_SECONDS, oidc: DAY_SECONDS };
/** Other processes see a rotation after this time at most. */
const FRESH_MS = 60_000;
/** So long a new key is only shown: by then every process shows it, and clients that look for it find it anywhere. */
const SHOWN_SECONDS = 2 * (FRESH_MS / 1000);
/** An unknown kid makes a process look again, so often at most. */
const LOOK_AGAIN_MS = 1_000;

interface Loaded {
  readonly keys: readonly SigningKey[];
  readonly at: number;
}

/**
 * The signing keys of the identity service, several side by side. Public parts can be read by all services that take
 * proofs; private parts are sealed by the vault and readable for the identity service's role only.
 */
export class SigningKeys {
  readonly #store: Store;
  readonly #secrets: HubSecrets;
  readonly #clock: Clock;
  readonly #loaded = new Map<SigningPurpose, Loaded>();
  readonly #pairs = new Map<string, SigningKeyPair>();

  constructor(options: SigningKeysOptions) {
    this.#store = options.store;
    this.#secrets = options.secrets;
    this.#clock = options.clock ?? systemClock;
  }

  /** All that verify now, the one that signs first. Makes the first where there is none. */
  async pairs(purpose: SigningPurpose): Promise<readonly SigningKeyPair[]> {
    const known = await this.publicKeys(purpose);
    if (known.every(({ retiresAt }) => retiresAt !== undefined)) await this.#make(purpose, { onlyFirst: true });
    const pairs = await this.#withPrivateParts(await this.publicKeys(purpose));
    if (pairs) return pairs;
    // Another process withdrew what this one still shows.
    this.#loaded.delete(purpose);
    const now = await this.#withPrivateParts(await this.publicKeys(purpose));
    if (!now) throw identityErrors.HUB_IDENTITY_KEY_DAMAGED();
    return now;
  }

  /** The key that signs. @throws HUB_IDENTITY_KEY_DAMAGED */
  async current(purpose: SigningPurpose): Promise<SigningKeyPair> {
    const [current] = await this.pairs(purpose);
    if (!current) throw identityErrors.HUB_IDENTITY_KEY_DAMAGED();
    return current;
  }

  /** All that verify now, the one that signs first; what other processes changed is seen a minute later at most. */
  async publicKeys(purpose: SigningPurpose): Promise<readonly SigningKey[]> {
    return (await this.#fresh(purpose, FRESH_MS)).keys;
  }

  /** The key of this id; one that is not known yet is looked for at once. undefined: there is none, or no longer. */
  async publicKey(purpose: SigningPurpose, kid: string): Promise<SigningKey | undefined> {
    const find = ({ keys }: Loaded) => keys.find((key) => key.kid === kid && this.#verifies(key));
    return find(await this.#fresh(purpose, FRESH_MS)) ?? find(await this.#fresh(purpose, LOOK_AGAIN_MS));
  }

  /**
   * A new key: shown at once, signing two to three minutes later, when every process knows it. The one before still
   * verifies: proofs for 8 days, tokens for one. Removes those whose time is over.
   */
  async rotate(purpose: SigningPurpose, options: RotateOptions = {}): Promise<SigningKey> {
    const kid = await this.#make(purpose, { onlyFirst: false, ...options });
    return (await this.publicKeys(purpose)).find((key) => key.kid === kid)!;
  }

  async #make(
    purpose: SigningPurpose,
    { onlyFirst, withdraw = false }: RotateOptions & { readonly onlyFirst: boolean },
  ): Promise<string> {
    const kid = newId(this.#clock.now());
    const { privateKey, publicKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
    const about = { kid, alg: SIGNING_ALGORITHM, use: 'sig' };
    const publicJwk = { ...(await exportJWK(publicKey)), ...about };
    const privateJwk = { ...(await exportJWK(privateKey)), ...about };
    const sealed = await this.#secrets.seal(sealedAs(kid), Buffer.from(JSON.stringify(privateJwk)));
    await this.#store.tx(async (tx) => {
      const keys = new SigningKeyRepository(tx);
      await keys.lock();
      if (onlyFirst && (await keys.hasCurrent(purpose))) return;
      await keys.removeRetired();
      if (withdraw) await keys.removeAll(purpose);
      await keys.retireCurrent(purpose, VERIFIES_SECONDS[purpose]);
      await keys.add({ kid, purpose, algorithm: SIGNING_ALGORITHM, publicJwk, sealed });
    });
    this.#loaded.delete(purpose);
    return kid;
  }

  /** @returns undefined where a key has no private part */
  async #withPrivateParts(keys: readonly SigningKey[]): Promise<SigningKeyPair[] | undefined> {
    const missing = keys.filter(({ kid }) => !this.#pairs.has(kid));
    if (missing.length > 0) {
      const sealed = await new SigningKeyRepository(this.#store).secrets(missing.map(({ kid }) => kid));
      for (const key of this.#pairs.keys()) if (!keys.some(({ kid }) => kid === key)) this.#pairs.delete(key);
      for (const one of sealed) {
        const text = (await this.#secrets.open(sealedAs(one.kid), one.sealed)).toString();
        const key = missing.find(({ kid }) => kid === one.kid)!;
        this.#pairs.set(one.kid, { ...key, privateJwk: JSON.parse(text) as JWK });
      }
    }
    const pairs = keys.flatMap((key) => {
      const pair = this.#pairs.get(key.kid);
      return pair ? [{ ...pair, ...key }] : [];
    });
    return pairs.length === keys.length ? pairs : undefined;
  }

  #verifies({ retiresAt }: SigningKey): boolean {
    return retiresAt === undefined || retiresAt > this.#clock.now();
  }

  async #fresh(purpose: SigningPurpose, oldestMs: number): Promise<Loaded> {
    const now = this.#clock.now().getTime();
    const known = this.#loaded.get(purpose);
    if (known && Math.abs(now - known.at) < oldestMs) return known;
    const rows = await new SigningKeyRepository(this.#store).usable(purpose, SHOWN_SECONDS);
    const loaded = { keys: rows.flatMap(signingKey), at: now };
    this.#loaded.set(purpose, loaded);
    return loaded;
  }
}

/** A key of another algorithm, made by another version of the hub, is none for this one. */
function signingKey(row: SigningKeyRow): SigningKey[] {
  const { kid, algorithm, publicJwk, createdAt, retiresAt } = row;
  if (algorithm !== SIGNING_ALGORITHM) return [];
  return [{ kid, algorithm, publicJwk, createdAt, retiresAt: retiresAt ?? undefined }];
}

function sealedAs(kid: string): string {
  return `identity signing key ${kid}`;
}
