import { describe, expect, test } from '@jest/globals';
import { handOver, replySource } from './transport-settings.ts';

const hostKey = `SHA256:${'A'.repeat(43)}`;
const sftp = { by: 'sftp', host: 'dms.example', user: 'hub', password: 'env:PASSWORD', hostKey };
const webdav = { by: 'webdav', url: 'https://dms.example/dav' };
const http = { by: 'http', url: 'https://dms.example/packages' };

/** Where the settings are wrong; empty where they are right. */
function wrong(settings: object, of: typeof handOver | typeof replySource = handOver): string[] {
  return of.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];
}

describe('settings of a hand-over', () => {
  test('of each kind are a few lines', () => {
    for (const settings of [
      { by: 'directory', inbox: '/mnt/dms/in', marker: '.ok' },
      { ...sftp, inbox: 'in' },
      { ...sftp, inbox: '/in', password: undefined, privateKey: 'file:/run/secrets/key', hostKey: [hostKey, hostKey] },
      { ...webdav, inbox: 'in', authentication: { by: 'basic', user: 'hub', password: 'env:PASSWORD' } },
      { ...http, probe: 'https://dms.example/packages/{name}', tls: { ca: 'file:/etc/ca.pem' } },
    ]) {
      expect(wrong(settings)).toEqual([]);
    }
  });

  test('name secrets, never hold them', () => {
    expect(wrong({ ...sftp, inbox: 'in', password: 'secret' })).toEqual(['password']);
    expect(wrong({ ...http, authentication: { by: 'bearer', token: 'secret' } })).toEqual(['authentication.token']);
    expect(wrong({ ...http, tls: { key: '-----BEGIN PRIVATE KEY-----' } })).toEqual(['tls.key']);
  });

  test('by SFTP need a host key and credentials', () => {
    expect(wrong({ ...sftp, inbox: 'in', hostKey: undefined })).toEqual(['hostKey']);
    expect(wrong({ ...sftp, inbox: 'in', hostKey: 'ssh-ed25519 AAAA' })).toEqual(['hostKey']);
    expect(wrong({ ...sftp, inbox: 'in', hostKey: [] })).toEqual(['hostKey']);
    expect(wrong({ ...sftp, inbox: 'in', password: undefined })).toHaveLength(1);
  });

  test('never send credentials to another server than the one configured', () => {
    expect(wrong({ ...http, probe: 'https://elsewhere.example/{id}' })).toEqual(['probe']);
    expect(wrong({ ...http, probe: 'https://dms.example/packages' })).toEqual(['probe']);
    expect(wrong({ ...http, url: 'ftp://dms.example/' })).toEqual(['url']);
  });

  test('have no keys that nobody knows', () => {
    expect(wrong({ by: 'directory', inbox: '/in', host: 'dms.example' })).toHaveLength(1);
    expect(wrong({ by: 'mail', inbox: '/in' })).toEqual(['by']);
    expect(wrong({ by: 'directory', inbox: '/in', marker: '../ok' })).toEqual(['marker']);
  });

  test('read again what they gave', () => {
    const once = handOver.parse({ ...sftp, inbox: 'in' });
    expect(once).toMatchObject({ hostKey: [hostKey], port: 22, timeoutSeconds: 30 });
    expect(handOver.parse(once)).toEqual(once);
  });
});

test('settings of replies are of a directory, SFTP, WebDAV, or an endpoint of ours', () => {
  for (const settings of [
    { by: 'directory', folder: '/mnt/dms/out' },
    { ...sftp, folder: 'out', pollSeconds: 5 },
    { ...webdav, folder: 'out' },
    { by: 'http' },
  ]) {
    expect(wrong(settings, replySource)).toEqual([]);
  }
  expect(wrong({ by: 'http', url: 'https://dms.example' }, replySource)).toHaveLength(1);
});
