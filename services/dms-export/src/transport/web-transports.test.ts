import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeHttpInbox, sampleTls } from '@ozg-hub/testing';
import { SortedFailures } from './delivery-failures.ts';
import { HttpPostTransport } from './http-post.adapter.ts';
import { webPlace } from './sample-places.ts';
import { SampleExchange, type SampleWorkOptions } from '../sample-exchange.ts';
import { SampleParcel } from './sample-parcel.ts';
import type { WebServer } from './transport-settings.ts';
import { WebChannel } from './web-channel.ts';
import { WebDavFiles } from './web-dav-files.adapter.ts';

let root: string;
let server: FakeHttpInbox;
let place: WebServer;
let channel: WebChannel;
let exchange: SampleExchange;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'post-'));
  server = new FakeHttpInbox({ root, authorization: `Basic ${btoa('hub:secret')}` });
  await server.start();
  place = webPlace(server.url);
  channel = new WebChannel(async () => place);
  exchange = new SampleExchange();
});
afterEach(async () => {
  channel.close();
  await server.stop();
  await rm(root, { recursive: true });
});

function post(
  more: Partial<{ probe: string; contentLength: boolean; url: string }> = {},
  work: SampleWorkOptions = {},
): Promise<void> {
  const settings = { url: server.url, processIdHeader: 'X-Prozess', contentLength: false, probe: undefined, ...more };
  const transport = new SortedFailures(new HttpPostTransport(channel, settings));
  return transport.handOver(exchange.work(work), async () => new SampleParcel(100_000));
}

describe('a package by POST', () => {
  test('carries ProzessID, idempotency key, name and credentials', async () => {
    await post();
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      headers: {
        'idempotency-key': exchange.id,
        'x-prozess': exchange.id,
        'content-type': 'application/zip',
        'transfer-encoding': 'chunked',
        'content-disposition': 'attachment; filename="parcel_FVDaten.SGOAblegen.0605.zip"',
      },
    });
  });

  test('says its length where the server wants that', async () => {
    await post({ contentLength: true });
    expect(server.requests[0]!.headers).toMatchObject({ 'content-length': '100000' });
  });

  test.each([
    [401, {}, { failure: 'AUTH', code: 'HUB_DMS_CREDENTIALS' }],
    [403, {}, { failure: 'AUTH', code: 'HUB_DMS_CREDENTIALS' }],
    [429, { 'retry-after': '120' }, { failure: 'RATE_LIMITED', retryAfterSeconds: 120 }],
    [503, { 'retry-after': '7' }, { failure: 'RATE_LIMITED', retryAfterSeconds: 7 }],
    [413, {}, { code: 'HUB_DMS_REFUSED', class: 'never' }],
    [422, {}, { code: 'HUB_DMS_REFUSED', class: 'never' }],
    [308, { location: 'http://elsewhere.example/' }, { code: 'HUB_DMS_REDIRECTED', class: 'never' }],
    [303, { location: '/done' }, { code: 'HUB_DMS_OUTCOME_UNKNOWN', class: 'ask' }],
    [200, { 'content-type': 'text/html; charset=utf-8' }, { code: 'HUB_DMS_OUTCOME_UNKNOWN', class: 'ask' }],
    [500, {}, { code: 'HUB_DMS_OUTCOME_UNKNOWN', class: 'ask' }],
    [502, {}, { code: 'HUB_DMS_OUTCOME_UNKNOWN', class: 'ask' }],
  ])('answered %d is sorted', async (status, headers, expected) => {
    server.faults.refuse = { method: 'POST', status, headers: headers as Record<string, string> };
    await expect(post()).rejects.toMatchObject(expected);
    expect(await readdir(root)).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test('answered with a page of 10 MB: it is not read to its end, and nothing of it is kept', async () => {
    server.faults.refuse = { method: 'POST', status: 422 };
    server.faults.pageBytes = 10 * 1024 * 1024;
    const error = await post().catch((failure: unknown) => failure as Error);
    expect(error).toMatchObject({ code: 'HUB_DMS_REFUSED', message: expect.stringContaining('HTTP 422') });
    expect(String((error as Error).stack) + JSON.stringify(error)).not.toContain('Mustermann');
    expect(server.pageBytesSent).toBeLessThan(9 * 1024 * 1024);
  });

  test.each([false, true])(
    'of a process that slept in the middle of it is never whole: another has taken over (length said: %s)',
    async (contentLength) => {
      await expect(post({ contentLength }, { isFenced: () => true })).rejects.toThrow('fenced');
      await post({ contentLength }, { fence: 2 });
      expect(server.received).toHaveLength(1);
    },
  );

  test('to a server that is not there is tried again, since nothing was sent', async () => {
    await server.stop();
    await expect(post()).rejects.toMatchObject({ code: 'HUB_DMS_UNREACHABLE', class: 'later' });
  });
});

test('a WebDAV server that sends on to an address that is none is told as such', async () => {
  const files = new WebDavFiles(channel, { url: server.url, contentLength: false });
  server.faults.refuse = { method: 'PROPFIND', status: 302, headers: { location: 'http://' } };
  await expect(files.stat('a.zip')).rejects.toMatchObject({ code: 'HUB_DMS_REDIRECTED', class: 'never' });
});

test('a WebDAV server that gives a page instead of a file has not given the file', async () => {
  const files = new WebDavFiles(channel, { url: server.url, contentLength: false });
  server.faults.refuse = { method: 'GET', status: 200, headers: { 'content-type': 'text/html' } };
  const read = files.read('0630.xml', { maxBytes: 1000 });
  await expect(read).rejects.toMatchObject({ code: 'HUB_DMS_UNREADABLE', class: 'later' });
});

describe('secrets', () => {
  test('are looked up again after they were refused', async () => {
    place = { ...place, authentication: { by: 'bearer', token: 'old' } };
    await expect(post()).rejects.toMatchObject({ failure: 'AUTH' });
    place = webPlace(server.url);
    await post({}, { fence: 2 });
    expect(server.received).toHaveLength(1);
  });
});

describe('the probe', () => {
  test('that is answered by neither yes nor no is asked again later', async () => {
    const probe = `${server.url}/{name}`;
    server.faults.loseAnswerOf = 'POST';
    await expect(post({ probe })).rejects.toMatchObject({ class: 'ask' });
    const settings = { url: server.url, processIdHeader: 'X-Prozess', contentLength: false, probe };
    const transport = new HttpPostTransport(channel, settings);
    server.faults.refuse = { method: 'GET', status: 500 };
    await expect(transport.probe(exchange.work())).rejects.toMatchObject({ class: 'later' });
    server.faults.refuse = { method: 'GET', status: 200, headers: { 'content-type': 'text/html' } };
    await expect(transport.probe(exchange.work())).rejects.toMatchObject({
      code: 'HUB_DMS_UNREADABLE',
      class: 'later',
    });
    expect(await transport.probe(exchange.work())).toBe('effective');
  });
});

const { ca, serverCert, serverKey, clientCert, clientKey } = await sampleTls();

describe('TLS', () => {
  beforeEach(async () => {
    await server.stop();
    const tls = { cert: serverCert, key: serverKey, ca, rejectUnauthorized: true };
    server = new FakeHttpInbox({ root, tls });
    await server.start();
  });
  const postWith = (tls: WebServer['tls']) => {
    place = { url: server.url, tls, timeoutSeconds: 5, contentLength: false };
    return post();
  };

  test('with the certificate authority and the client certificate configured carries the package', async () => {
    await postWith({ ca, cert: clientCert, key: clientKey });
    expect(server.received).toHaveLength(1);
  });

  test('of a server whose certificate another authority signed is not trusted, and nothing is sent', async () => {
    await expect(postWith(undefined)).rejects.toMatchObject({ code: 'HUB_DMS_TLS', class: 'later' });
    await expect(postWith({ ca: clientCert })).rejects.toMatchObject({ code: 'HUB_DMS_TLS' });
    expect(server.requests).toEqual([]);
  });

  test('without the client certificate that the server wants carries nothing', async () => {
    // TLS 1.3 refuses after the handshake: the request may have left by then, and nobody claims that it did not.
    await expect(postWith({ ca })).rejects.toMatchObject({
      code: expect.stringMatching(/^HUB_DMS_(?:TLS|INTERRUPTED|OUTCOME_UNKNOWN)$/),
    });
    expect(server.received).toEqual([]);
  });
});
