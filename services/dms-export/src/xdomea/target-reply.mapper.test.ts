import { describe, expect, test } from '@jest/globals';
import type { Result, Rueckmeldung } from '@ozg-hub/xdomea';
import { sampleSettings } from '../sample-envelope.ts';
import { toTargetReply } from './target-reply.mapper.ts';

const prozessId = '0198c0de-1111-7000-8000-000000000001';
const exchange = { exchangeId: prozessId, tenant: 'musterstadt', target: 'eakte' };
const of = { tenant: 'musterstadt', target: 'eakte', settings: sampleSettings({ aktenzeichenParameter: ['AZ'] }) };
const kopf = { prozessId, createdAt: '2026-08-22T10:00:00', version: '3.1.0' } as const;

function result(outcome: Result['outcome'], message: Partial<Rueckmeldung>, items: Result['items'] = []): Result {
  const full = { kind: 'fine', list: 'AllgemeineRueckmeldung', text: '', ...message } as Rueckmeldung;
  return { kind: 'result', ...kopf, outcome, message: full, messages: [full], items };
}

describe('a reply in the words of the engine', () => {
  test('0629 is a receipt', () => {
    expect(toTargetReply({ kind: 'receipt', ...kopf }, of)).toEqual({ ...exchange, kind: 'receipt' });
  });

  test('0630 brings the Aktenzeichen by the name this DMS uses, and the id of the object', () => {
    const parameters = [
      { name: 'Aktenzeichen', value: 'not this one' },
      { name: 'AZ', value: '22-0001/2026' },
    ];
    const item = { nummerImStapel: 1, successful: true, idSgo: prozessId, parameters, codes: [] };
    expect(toTargetReply(result('accepted', {}, [item]), of)).toEqual({
      ...exchange,
      kind: 'result',
      aktenzeichen: '22-0001/2026',
      objectId: prozessId,
      objects: [{ number: 1, successful: true, objectId: prozessId }],
    });
    expect(toTargetReply(result('accepted', {}), of)).toEqual({ ...exchange, kind: 'result' });
  });

  test.each([
    ['rejected', { kind: 'business', list: 'SpezifischeFehlermeldung0605', code: '0605001' }, '0605001', '0605001'],
    ['partial', { kind: 'technical', list: 'AllgemeineRueckmeldung', code: '0000499' }, '0000499', '0000499'],
    ['rejected', { kind: 'other', list: 'SonstigeFehlermeldung', text: 'Nein, Frau Größ!' }, 'rejected', 'text'],
    ['rejected', { kind: 'other', list: 'SonstigeFehlermeldungCode', code: 'DMS-4711' }, 'DMS-4711', 'DMS-4711'],
    ['rejected', { kind: 'other', list: 'SonstigeFehlermeldungCode', code: 'Größ' }, 'rejected', 'text'],
    ['rejected', { kind: 'other', list: 'SonstigeFehlermeldungCode', code: 'Frau Gr' }, 'rejected', 'text'],
    ['partial', { kind: 'fine', list: 'AllgemeineRueckmeldung', code: '0000000' }, 'partial', 'text'],
  ] as const)('%s: a person has to look, with the code and never the free text', (outcome, message, code, key) => {
    const reply = toTargetReply(result(outcome, message), of);
    expect(reply).toEqual({ ...exchange, kind: 'rejection', code, textKey: `xdomea:${message.list}:${key}` });
    expect(JSON.stringify(reply)).not.toContain('Größ');
  });

  test('a batch taken in part says which objects were taken, and why not the others', () => {
    const refusal = { kind: 'business', list: 'SpezifischeFehlermeldung0605', code: '0605005', text: '' } as const;
    const words = { kind: 'other', list: 'SonstigeFehlermeldungCode', code: 'Nein, Frau Größ!', text: 'x' } as const;
    const items = [
      { nummerImStapel: 2, successful: false, parameters: [], codes: [refusal] },
      { nummerImStapel: 1, successful: true, idSgo: 'doc-1', parameters: [], codes: [] },
      { nummerImStapel: 3, successful: false, parameters: [], codes: [words] },
    ];
    const reply = toTargetReply(result('partial', {}, items), of);
    expect(reply).toEqual({
      ...exchange,
      kind: 'rejection',
      code: '0605005',
      textKey: 'xdomea:SpezifischeFehlermeldung0605:0605005',
      objects: [
        { number: 2, successful: false, code: '0605005' },
        { number: 1, successful: true, objectId: 'doc-1' },
        { number: 3, successful: false },
      ],
    });
    expect(JSON.stringify(reply)).not.toContain('Größ');
  });
});
