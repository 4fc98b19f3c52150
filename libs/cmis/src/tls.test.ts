import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sampleTls } from '@ozg-hub/testing';
import { codeOf } from './cmis-ground.contract.ts';
import { connectCmis } from './connect.ts';
import type { CmisTls } from './connection-options.ts';

const {
  ca: CA,
  serverCert: SERVER_CERT,
  serverKey: SERVER_KEY,
  clientCert: CLIENT_CERT,
  clientKey: CLIENT_KEY,
} = await sampleTls();

describe('TLS', () => {
  let subjects: (string | undefined)[] = [];
  const server = https.createServer(
    { cert: SERVER_CERT, key: SERVER_KEY, ca: CA, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      subjects.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
      response.setHeader('content-type', 'application/json').end('{}');
    },
  );
  const codeWith = async (tls: CmisTls | undefined): Promise<string> => {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/browser`;
    const cmis = connectCmis({ binding: 'browser', url, ...(tls && { tls }) });
    subjects = [];
    const code = await codeOf(cmis.repository());
    cmis.close();
    return code;
  };

  beforeAll(async () => await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a certificate of the configured authority is accepted', async () => {
    expect(await codeWith({ ca: CA })).toBe('HUB_CMIS_REPOSITORY_UNKNOWN');
    expect(subjects).toEqual([undefined]);
  });

  test('a certificate of another authority is not, and nothing is sent', async () => {
    expect(await codeWith(undefined)).toBe('HUB_CMIS_TLS');
    expect(await codeWith({ ca: CLIENT_CERT })).toBe('HUB_CMIS_TLS');
    expect(subjects).toEqual([]);
  });

  test('the client certificate is shown', async () => {
    await codeWith({ ca: CA, cert: CLIENT_CERT, key: CLIENT_KEY });
    expect(subjects).toEqual(['client']);
  });

  test('where the server wants a client certificate and gets none, it is the TLS connection that fails', async () => {
    const strict = https.createServer({ cert: SERVER_CERT, key: SERVER_KEY, ca: CA, requestCert: true });
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(strict.address() as AddressInfo).port}/browser`;
    const cmis = connectCmis({ binding: 'browser', url, tls: { ca: CA } });
    expect(await codeOf(cmis.repository())).toMatch(/^HUB_CMIS_(?:TLS|INTERRUPTED)$/);
    cmis.close();
    strict.closeAllConnections();
    await new Promise((resolve) => strict.close(resolve));
  });
});
