import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codeOf } from './cmis-ground.contract.ts';
import { connectCmis } from './connect.ts';
import type { CmisTls } from './connection-options.ts';

/** Made for these tests, valid until 2126; the keys open nothing. */
const CA = `-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIUVEwWotMjLms5+BbARJ6CHDlfso8wCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPb3pnLWh1YiB0ZXN0IENBMCAXDTI2MTEyMjAzMTM1MloYDzIx
MjYxMDI5MDMxMzUyWjAaMRgwFgYDVQQDDA9vemctaHViIHRlc3QgQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAARPT58qiwqR/yPlW1x9ZrJk2L200l9g9ZLFyMoJ
NzvyCyNa7lTNEsKuxD4r/DwjC+lQOMA1fzSFfw/sIUqrnh6fo1MwUTAdBgNVHQ4E
FgQUMORARkhvSZfHBLJhO10/qcLMGiUwHwYDVR0jBBgwFoAUMORARkhvSZfHBLJh
O10/qcLMGiUwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA/M/Y9
1i57txiLpRW9aM3Va9sxOYaHV/qfA8uSJKrQfgIhAOX+BswPOHM00jYMLaWF4Hgx
XpU7uxCg3VVID28/hhf5
-----END CERTIFICATE-----`;
const SERVER_CERT = `-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUZ+hbLFVMtVZR0EgbGG3xWmAsrIUwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPb3pnLWh1YiB0ZXN0IENBMCAXDTI2MTEyMjAzMTM1MloYDzIx
MjYxMDI5MDMxMzUyWjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAASJsttYXwWgskoini44pxEJk6v1n2cuES2g7WsIoozk3/d/u3SB
BqOtvLd5rluvPNfV0X7AjIjjgd57MvSBju5Do14wXDAaBgNVHREEEzARhwR/AAAB
gglsb2NhbGhvc3QwHQYDVR0OBBYEFLIDXBr1ARbicpy7Vsi562+agHxIMB8GA1Ud
IwQYMBaAFDDkQEZIb0mXxwSyYTtdP6nCzBolMAoGCCqGSM49BAMCA0gAMEUCIQCp
egivUmfPyHivm6DR8Y3ekG9U3uaO2fAvR8uVKnfl+AIgY/pA9cELFdVhfwLs6Hcn
SpvoRxQP1xpjiO621/KV148=
-----END CERTIFICATE-----`;
const SERVER_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWub3zzA2/Lw8HnFe
3w35XQWC6Fg9icZyEZZ8MMlHdV2hRANCAASJsttYXwWgskoini44pxEJk6v1n2cu
ES2g7WsIoozk3/d/u3SBBqOtvLd5rluvPNfV0X7AjIjjgd57MvSBju5D
-----END PRIVATE KEY-----`;
const CLIENT_CERT = `-----BEGIN CERTIFICATE-----
MIIBjjCCATOgAwIBAgIUZ+hbLFVMtVZR0EgbGG3xWmAsrIYwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPb3pnLWh1YiB0ZXN0IENBMCAXDTI2MTEyMjAzMTM1MloYDzIx
MjYxMDI5MDMxMzUyWjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAARxDGt6XuNAbmfQCxEl3eLTG9NSL0BJfLQF//DQ08E4zL2zvmYu
AKiR2Qyf696U/gTDBiLyleYaQwwUbruGa6Cpo14wXDAaBgNVHREEEzARhwR/AAAB
gglsb2NhbGhvc3QwHQYDVR0OBBYEFASXX3ZHSrGYILqoHYaKCiZMjgbxMB8GA1Ud
IwQYMBaAFDDkQEZIb0mXxwSyYTtdP6nCzBolMAoGCCqGSM49BAMCA0kAMEYCIQDz
8RzlY3gLrw0N5YTmCiqnNuZjYjzFYIiUorvSTO9GPgIhAPZmil3513Jj2FZOd1HI
LkFIfl9+b3ZQboJW3Zm1P9lA
-----END CERTIFICATE-----`;
const CLIENT_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDynAIStTv+P7Ah8j
uMmHe05xb0nHBJnV7MLCFLA6VWOhRANCAARxDGt6XuNAbmfQCxEl3eLTG9NSL0BJ
fLQF//DQ08E4zL2zvmYuAKiR2Qyf696U/gTDBiLyleYaQwwUbruGa6Cp
-----END PRIVATE KEY-----`;

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
