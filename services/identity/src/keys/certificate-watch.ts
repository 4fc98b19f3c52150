import { X509Certificate, createPrivateKey } from 'node:crypto';
import { type Clock, isHubError } from '@ozg-hub/core';
import { type Directory, type IdentityProviderEntry, settingsForTests } from '@ozg-hub/directory';
import type { CheckReport } from '@ozg-hub/observability';
import type { Finding } from '@ozg-hub/runtime';
import { type CertificateFacts, certificateFacts, readIdpMetadata } from '@ozg-hub/saml';
import { providerKinds } from '../saml/provider-kinds.ts';

/** One certificate of a connection. */
export interface WatchedCertificate {
  readonly provider: string;
  /** Ours, or that of the identity provider. */
  readonly whose: 'hub' | 'provider';
  readonly use: 'signing' | 'encryption';
  /** The one that is used today; others stand beside it during a change. */
  readonly current: boolean;
  readonly fingerprint: string;
  /** ISO. */
  readonly notAfter: string;
  readonly daysLeft: number;
  /** `rsa`, `ec` … */
  readonly keyType: string;
  readonly keyBits?: number;
}

export interface CertificateReport {
  readonly certificates: readonly WatchedCertificate[];
  readonly findings: readonly Finding[];
}

/** Days before the end at which a certificate is spoken of, the most urgent first. */
const STEPS = [7, 30, 90] as const;
const LEAST_BITS = 2048;
/** BSI TR-02102-1: RSA keys from 2024 on. */
const GOOD_BITS = 3000;
const FRESH_MS = 60_000;

/** Keeps an eye on the certificates of all identity providers, ours and theirs; looks once a minute at most. */
export class CertificateWatch {
  #seen: { readonly at: number; readonly version: string; readonly report: Promise<CertificateReport> } | undefined;

  constructor(
    private readonly directory: Directory,
    private readonly clock: Clock,
    private readonly isLocal: boolean,
  ) {}

  async report(): Promise<CertificateReport> {
    const now = this.clock.now();
    const { version, identity } = this.directory.current();
    if (this.#seen?.version !== version || Math.abs(now.getTime() - this.#seen.at) > FRESH_MS) {
      this.#seen = { at: now.getTime(), version, report: this.#look(identity.providers, now) };
    }
    return await this.#seen.report;
  }

  /** For health: up until 30 days before the end, degraded from then on; never down, since logins may go on. */
  async check(): Promise<CheckReport> {
    const { certificates, findings } = await this.report();
    if (findings.some(({ level, subject }) => level === 'problem' && subject.endsWith('keys'))) {
      return { state: 'degraded', code: 'CERTIFICATE_UNUSABLE' };
    }
    const least = Math.min(...inUse(certificates).map(({ daysLeft }) => daysLeft));
    if (least < 0) return { state: 'degraded', code: 'CERTIFICATE_EXPIRED' };
    const step = STEPS.find((days) => least <= days);
    if (step === undefined) return { state: 'up' };
    return { state: step === 90 ? 'up' : 'degraded', code: `CERTIFICATE_EXPIRES_${step}_DAYS` };
  }

  async #look(providers: readonly IdentityProviderEntry[], now: Date): Promise<CertificateReport> {
    const parts = await Promise.all(
      providers.flatMap((entry) => [this.#ours(entry, now), Promise.resolve(this.#theirs(entry, now))]),
    );
    const certificates = parts.flatMap((part) => part.certificates);
    const said = parts.flatMap((part) => part.findings);
    return { certificates, findings: [...providers.flatMap(forTests), ...said, ...ends(certificates)] };
  }

  async #ours({ id, keys }: IdentityProviderEntry, now: Date): Promise<CertificateReport> {
    const uses = [
      ...keys.signing.map((pair, index) => ({ pair, use: 'signing' as const, current: index === 0 })),
      ...(keys.encryption ?? []).map((pair, index) => ({ pair, use: 'encryption' as const, current: index === 0 })),
    ];
    const looks = uses.map(async ({ pair, use, current }): Promise<CertificateReport> => {
      try {
        const [text, key] = await Promise.all([
          this.directory.secret(pair.certificate),
          this.directory.secret(pair.privateKey),
        ]);
        const facts = certificateFacts(text, now);
        const fits = new X509Certificate(facts.pem).checkPrivateKey(createPrivateKey(key));
        const wrong = fits ? [] : [problem(id, `The private key for ${use} is not that of its certificate.`)];
        const seen = watched(facts, { provider: id, whose: 'hub', use, current });
        return { certificates: [seen], findings: [...wrong, ...strength(seen)] };
      } catch (error) {
        const code = isHubError(error) ? `${error.code}: ` : '';
        return { certificates: [], findings: [problem(id, `${code}A key or certificate for ${use} cannot be read.`)] };
      }
    });
    return joined(await Promise.all(looks));
  }

  #theirs({ id, metadataXml }: IdentityProviderEntry, now: Date): CertificateReport {
    try {
      const { signingCertificates, warnings } = readIdpMetadata(metadataXml, { now, local: this.isLocal });
      const newest = Math.max(...signingCertificates.map(({ daysLeft }) => daysLeft));
      return {
        certificates: signingCertificates.map((facts) =>
          watched(facts, { provider: id, whose: 'provider', use: 'signing', current: facts.daysLeft === newest }),
        ),
        findings: warnings.map((text) => ({ level: 'warning', subject: `${id} metadata`, text })),
      };
    } catch (error) {
      const text = isHubError(error) ? `${error.code}: the metadata of the provider cannot be used.` : 'Unreadable.';
      return { certificates: [], findings: [problem(id, text)] };
    }
  }
}

function watched(
  { fingerprint, notAfter, daysLeft, keyType, keyBits }: CertificateFacts,
  place: Pick<WatchedCertificate, 'provider' | 'whose' | 'use' | 'current'>,
): WatchedCertificate {
  const bits = keyBits === undefined ? {} : { keyBits };
  return { ...place, fingerprint, notAfter: notAfter.toISOString(), daysLeft, keyType, ...bits };
}

function joined(reports: readonly CertificateReport[]): CertificateReport {
  return {
    certificates: reports.flatMap(({ certificates }) => certificates),
    findings: reports.flatMap(({ findings }) => findings),
  };
}

function problem(provider: string, text: string): Finding {
  return { level: 'problem', subject: `${provider} keys`, text };
}

/** Connections that take what is for tests only. */
function forTests({ id, kind, settings }: IdentityProviderEntry): Finding[] {
  const schema = providerKinds[kind]?.settings;
  return (schema ? settingsForTests(schema, settings) : []).map((name) => ({
    level: 'warning',
    subject: `${id} settings`,
    text: `FOR TESTS ONLY: ${name} is on. Remove it from identity.yaml, unless this installation is under test.`,
  }));
}

function inUse(certificates: readonly WatchedCertificate[]): WatchedCertificate[] {
  return certificates.filter(({ current }) => current);
}

/** BSI TR-03116-4 and what our libraries sign with. */
function strength({ provider, use, keyType, keyBits = 0 }: WatchedCertificate): Finding[] {
  if (keyType !== 'rsa') return [problem(provider, `The key for ${use} is no RSA key.`)];
  if (keyBits < LEAST_BITS) return [problem(provider, `The key for ${use} has less than ${LEAST_BITS} bits.`)];
  if (keyBits >= GOOD_BITS) return [];
  const text = `The key for ${use} has less than ${GOOD_BITS} bits (BSI TR-02102-1).`;
  return [{ level: 'warning', subject: `${provider} keys`, text }];
}

function ends(certificates: readonly WatchedCertificate[]): Finding[] {
  return inUse(certificates).flatMap(({ provider, whose, use, daysLeft }): Finding[] => {
    const step = STEPS.find((days) => daysLeft <= days);
    if (step === undefined) return [];
    const level = step === 7 ? 'problem' : 'warning';
    const owner = whose === 'hub' ? 'Our' : 'The provider’s';
    const when = daysLeft < 0 ? 'has expired' : `ends in ${daysLeft} days`;
    const what =
      whose === 'hub'
        ? 'put a new one beside it and send the provider `identity metadata`'
        : 'get its new metadata and `identity import` it';
    return [{ level, subject: `${provider} certificates`, text: `${owner} certificate for ${use} ${when}: ${what}.` }];
  });
}
