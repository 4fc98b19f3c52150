import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SftpFiles, type SftpServer, sftpServerContract } from '@ozg-hub/dms-export/contract';
import { canRun } from '@ozg-hub/testing/database';
import { type OpenSsh, hasOpenSsh, startOpenSsh } from './openssh.ts';

const runs = canRun('system', hasOpenSsh(), 'dms/sftp', "OpenSSH's server (package openssh-server)");

(runs ? describe : describe.skip)('OpenSSH', () => {
  let server: OpenSsh;
  beforeAll(async () => {
    server = await startOpenSsh();
  });
  afterAll(async () => await server?.stop());

  const place = (): SftpServer => {
    const { port, user, privateKey, hostKey } = server;
    return { host: '127.0.0.1', port, user, privateKey, hostKey: [hostKey], timeoutSeconds: 10 };
  };

  sftpServerContract('OpenSSH', [], async () => ({
    place: place(),
    path: (folder) => folder,
    cut: () => server.cut(),
    end: async () => undefined,
  }));

  test('that changed its host key is not spoken to, and accepted again when the new key is configured', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hostkey-'));
    await mkdir(join(folder, 'in'));
    let known = place();
    const files = new SftpFiles(async () => known);
    expect(await files.problemOf(join(folder, 'in'), 'write')).toBeUndefined();
    files.close();
    await server.changeHostKey();
    await expect(files.stat(folder)).rejects.toMatchObject({
      code: 'HUB_DMS_SFTP_HOST_KEY',
      message: expect.stringContaining(server.hostKey),
    });
    known = { ...known, hostKey: [...known.hostKey, server.hostKey] };
    expect(await files.stat(folder)).toMatchObject({ kind: 'folder' });
    expect(await readdir(folder, { recursive: true })).toEqual(['in']);
    files.close();
    await rm(folder, { recursive: true });
  });

  test('refuses another private key: a matter of credentials', async () => {
    const other = await startOpenSsh();
    const files = new SftpFiles(async () => ({ ...place(), privateKey: other.privateKey }));
    await expect(files.stat('/')).rejects.toMatchObject({ code: 'HUB_DMS_CREDENTIALS' });
    files.close();
    await other.stop();
  });
});
