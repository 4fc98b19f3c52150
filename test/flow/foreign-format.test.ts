import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { multipartBody, samplePdf } from '@ozg-hub/testing';
import { type RunningHub, startHub } from './running-hub.ts';

const sample = new URL('../../libs/civento/fixtures/formular-beispiel.xml', import.meta.url);
let hub: RunningHub;

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

describe('an application in another format', () => {
  test('is taken by the mapping profile of its source and filed, without code for it', async () => {
    const xml = await readFile(sample);
    const pdf = await samplePdf('Hundeanmeldung', ['Bello']);
    const body = multipartBody([
      { name: 'application', contentType: 'application/xml', content: xml },
      { name: 'd1', fileName: 'Hundeanmeldung.pdf', contentType: 'application/pdf', content: pdf },
    ]);
    const answer = await hub.push(body, { query: '?source=formular-beispiel' });
    expect(answer.status).toBe(202);
    const status = await hub.submission(
      answer.json.id,
      ({ deliveries }) => deliveries[0]?.state === 'AWAITING_RECEIPT',
    );
    expect(status).toMatchObject({ tenant: 'musterstadt', vorgang: '2026-000123', art: 'ERSTANTRAG' });
  });

  test('is refused in the words of the hub when it is sent as civento', async () => {
    const answer = await hub.push(await readFile(sample, 'utf8'));
    expect([answer.status, answer.json.code]).toEqual([422, 'HUB_XML_INVALID']);
  });
});
