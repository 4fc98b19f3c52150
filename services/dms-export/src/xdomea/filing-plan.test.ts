import { describe, expect, test } from '@jest/globals';
import type { Case, FiledDocument } from '../cases/case.ts';
import { type PlanContext, documentKey, planFiling } from './filing-plan.ts';

const key = { tenant: 'musterstadt', target: 'eakte', lane: 'CIV-1' };
const known: Case = { ...key, submissionId: 's-1', objectId: 'vorgang-1', openedAt: new Date(0) };
const defaults = {
  erstantrag: '0605',
  nachreichung: '0605',
  korrektur: '0605',
  protokoll: '0607',
  abschluss: '0624',
} as const;
const a = { ref: 'a', key: 'Anlage a' };
const b = { ref: 'b', key: 'Anlage b' };
const filed = (more: Partial<FiledDocument> = {}): FiledDocument => ({
  ...key,
  deliveryId: 'd-1',
  submissionId: 's-1',
  ref: 'old',
  key: a.key,
  objectId: 'document-1',
  ...more,
});

interface Given extends Partial<Omit<PlanContext, 'rules' | 'delivery'>> {
  readonly event?: string;
  readonly supersedes?: string;
  readonly rules?: Partial<PlanContext['rules']>;
}

function plan({ event, supersedes, rules, ...context }: Given) {
  const reference: Record<string, string> = event === undefined ? {} : { event };
  const delivery = { id: 'd-2', submissionId: 's-2', reference, ...(supersedes ? { supersedes } : {}) };
  return planFiling({
    case: known,
    answers: true,
    documents: [a, b],
    filed: [],
    ...context,
    delivery,
    rules: { ...defaults, ...rules },
  });
}
const code = (name: string) => expect.objectContaining({ code: name });

describe('what comes later', () => {
  test('goes into the Vorgang, numbered', () => {
    const documents = [
      { number: 1, ...a },
      { number: 2, ...b },
    ];
    for (const event of ['nachreichung', 'korrektur', 'dokumente', 'mitteilung'])
      expect(plan({ event })).toEqual({ nachricht: '0605', vorgang: 'vorgang-1', documents });
    expect(plan({ event: 'nachreichung', rules: { nachreichung: '0401' }, case: undefined })).toEqual({
      nachricht: '0401',
      documents,
    });
  });

  test('stays for a person while nobody knows the Vorgang', () => {
    const { objectId: _, ...unknown } = known;
    for (const event of ['nachreichung', 'korrektur', 'dokumente', 'mitteilung', 'protokoll', 'abschluss']) {
      expect(() => plan({ event, case: undefined })).toThrow(code('HUB_DMS_CASE_UNKNOWN'));
      expect(() => plan({ event, case: unknown })).toThrow(code('HUB_DMS_CASE_UNKNOWN'));
    }
  });

  test('stays with the reason where the DMS never tells an id, and goes once a person has given it', () => {
    for (const event of ['nachreichung', 'mitteilung', 'abschluss']) {
      expect(() => plan({ event, answers: false, case: undefined })).toThrow(code('HUB_DMS_CASE_UNANSWERED'));
      expect(plan({ event, answers: false }).vorgang).toBe('vorgang-1');
    }
    const rules = { nachreichung: '0401' } as const;
    expect(plan({ event: 'mitteilung', answers: false, case: undefined, rules }).nachricht).toBe('0401');
  });

  test('is not sent again where an earlier exchange of the delivery brought it', () => {
    const taken = filed({ deliveryId: 'd-2', submissionId: 's-2', ref: 'a' });
    expect(plan({ event: 'nachreichung', filed: [taken] }).documents).toEqual([{ number: 1, ...b }]);
    const both = [taken, { ...taken, ref: 'b' }];
    expect(() => plan({ event: 'nachreichung', filed: both })).toThrow(code('HUB_DMS_NOTHING_TO_FILE'));
  });

  test('is sent as a whole again where a person wants it sent again', () => {
    const taken = filed({ deliveryId: 'd-1', submissionId: 's-2', ref: 'a' });
    expect(plan({ event: 'nachreichung', supersedes: 'd-1', filed: [taken] }).documents).toHaveLength(2);
  });

  test('follows, without what the message before it brought', () => {
    const taken = filed({ deliveryId: 'd-1', submissionId: 's-2', ref: 'a' });
    expect(plan({ event: 'dokumente', filed: [taken] }).documents).toEqual([{ number: 1, ...b }]);
    expect(plan({ event: 'dokumente', supersedes: 'd-1', filed: [taken] }).documents).toHaveLength(2);
  });
});

describe('a correction', () => {
  const correction = { event: 'korrektur', rules: { korrektur: '0601' } } as const;

  test('is a new version of what the DMS has named; the rest follows', () => {
    expect(plan({ ...correction, filed: [filed({ objectId: 'older' }), filed()] })).toEqual({
      nachricht: '0601',
      vorgang: 'vorgang-1',
      documents: [{ number: 1, ...a, idDokument: 'document-1' }],
      rest: true,
    });
    expect(plan({ ...correction, documents: [a], filed: [filed()] }).rest).toBeUndefined();
  });

  test('goes into the Vorgang where the DMS has named none of it, or two of it have one name', () => {
    expect(plan({ ...correction, filed: [filed({ objectId: undefined })] }).nachricht).toBe('0605');
    expect(plan({ ...correction, filed: [filed({ key: 'Bescheid a' })] }).nachricht).toBe('0605');
    expect(plan({ ...correction, documents: [a, { ...b, key: a.key }], filed: [filed()] }).nachricht).toBe('0605');
  });

  test('knows a document by role and file name, however it is written', () => {
    const named = (fileName: string, role: 'Anlage' | 'Bescheid' = 'Anlage') => documentKey({ role, fileName });
    expect(named('Größe.PDF'.normalize('NFD'))).toBe(named('größe.pdf'));
    expect(named('a.pdf')).not.toBe(named('a.pdf', 'Bescheid'));
    expect(named('Größe.pdf')).not.toContain('Größe');
  });
});

test('a Vorgang that is only created is followed by its documents, where it has any', () => {
  const rules = { erstantrag: '0604' } as const;
  expect(plan({ rules })).toEqual({ nachricht: '0604', rest: true });
  expect(plan({ rules, documents: [] })).toEqual({ nachricht: '0604' });
});
