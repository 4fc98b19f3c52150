import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Directory } from '@ozg-hub/directory';
import { type CertifiedKey, certifiedKey } from '@ozg-hub/testing';
import { CertificateWatch } from './certificate-watch.ts';

const DAY_MS = 86_400_000;
const start = new Date('2026-11-22T12:00:00Z');
let ours: CertifiedKey;
let theirs: CertifiedKey;
let next: CertifiedKey;

beforeAll(async () => {
  const made = (commonName: string, days: number) => certifiedKey({ commonName, from: start, days, bits: 3072 });
  [ours, theirs, next] = await Promise.all([made('ours', 100), made('theirs', 200), made('next', 400)]);
});

function watchAfter(
  days: number,
  more: { theirs?: CertifiedKey[]; ours?: CertifiedKey[]; key?: string; settings?: object } = {},
) {
  const bare = ({ certificate }: CertifiedKey) => certificate.replaceAll(/-----[^-]+-----|\s/g, '');
  const descriptors = (more.theirs ?? [theirs]).map(
    (key) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(key)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  );
  const signing = (more.ours ?? [ours]).map((_, index) => ({
    certificate: `file:/${index}.pem`,
    privateKey: `file:/${index}.key`,
  }));
  const entry = {
    id: 'bundid',
    kind: 'saml',
    settings: more.settings ?? {},
    keys: { signing },
    metadataXml: `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${descriptors.join('')}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`,
  };
  const secret = (reference: string) => {
    const [, index, kind] = /(\d)\.(\w+)$/.exec(reference)!;
    const pair = (more.ours ?? [ours])[Number(index)]!;
    return Promise.resolve(kind === 'pem' ? pair.certificate : (more.key ?? pair.key));
  };
  const directory = { current: () => ({ version: 'v', identity: { providers: [entry], clients: [] } }), secret };
  const now = new Date(start.getTime() + days * DAY_MS + 1000);
  return new CertificateWatch(directory as unknown as Directory, { now: () => now }, false);
}

describe('certificates of identity providers', () => {
  test.each<[number, string, string | undefined, string | undefined]>([
    [5, 'up', undefined, undefined],
    [15, 'up', 'CERTIFICATE_EXPIRES_90_DAYS', 'warning'],
    [75, 'degraded', 'CERTIFICATE_EXPIRES_30_DAYS', 'warning'],
    [95, 'degraded', 'CERTIFICATE_EXPIRES_7_DAYS', 'problem'],
    [101, 'degraded', 'CERTIFICATE_EXPIRED', 'problem'],
  ])('after %d of 100 days are %s in health, %s', async (days, state, code, level) => {
    const watch = watchAfter(days);
    expect(await watch.check()).toEqual({ state, ...(code && { code }) });
    const { findings } = await watch.report();
    expect(findings.map((finding) => finding.level)).toEqual(level ? [level] : []);
  });

  test('that stand beside the one in use worry nobody', async () => {
    const watch = watchAfter(195, { ours: [next, ours], theirs: [theirs, next] });
    const { certificates, findings } = await watch.report();
    expect(certificates.map(({ whose, current }) => [whose, current])).toEqual([
      ['hub', true],
      ['hub', false],
      ['provider', false],
      ['provider', true],
    ]);
    expect(findings).toEqual([]);
    expect(await watch.check()).toEqual({ state: 'up' });
  });

  test('whose private key is another are a problem before anybody signs in', async () => {
    const watch = watchAfter(5, { key: next.key });
    expect(await watch.check()).toEqual({ state: 'degraded', code: 'CERTIFICATE_UNUSABLE' });
    expect((await watch.report()).findings[0]?.text).toContain('not that of its certificate');
  });

  test('come with a warning where the connection takes what is for tests only', async () => {
    const settings = { unencryptedAllowed: true };
    const { findings } = await watchAfter(5, { settings }).report();
    const text = expect.stringMatching(/^FOR TESTS ONLY: unencryptedAllowed/);
    expect(findings).toEqual([{ level: 'warning', subject: 'bundid settings', text }]);
    expect((await watchAfter(5, { settings: { unencryptedAllowed: false } }).report()).findings).toEqual([]);
  });

  test('that cannot be read are told without the text', async () => {
    const { findings } = await watchAfter(5, { key: 'geheimer Schrott' }).report();
    expect(findings).toEqual([
      { level: 'problem', subject: 'bundid keys', text: 'A key or certificate for signing cannot be read.' },
    ]);
  });
});
