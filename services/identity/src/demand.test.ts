import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '@ozg-hub/directory';
import { type DemandRequest, demandOf } from './demand.ts';

type Offer = { vertrauensniveau?: string; applicantKinds: string[] };

/** A directory with one Leistung, offered as given. */
function directory(offers: readonly Offer[], client: object = {}): Snapshot {
  return {
    identity: { providers: [], clients: [{ id: 'formulare', name: 'F', redirectUris: [], ...client }] },
    offersOf: (leika: string, tenant: string) => (leika === '99999001060000' && tenant === 'musterstadt' ? offers : []),
  } as unknown as Snapshot;
}
const request = (changes: Partial<DemandRequest> = {}): DemandRequest => ({
  client: 'formulare',
  tenant: 'musterstadt',
  leistung: '99.999.001.060.000',
  application: 'CIV-1',
  levels: [],
  ...changes,
});
const both: Offer = { applicantKinds: ['natuerlich', 'juristisch'] };

describe('what a login is for', () => {
  test.each<[string, string | undefined, string[], string]>([
    ['what the Leistung demands', 'substanziell', [], 'substanziell'],
    ['what the online service asks for, where that is more', 'basis', ['hoch'], 'hoch'],
    ['never less than the Leistung demands', 'hoch', ['basis'], 'hoch'],
    ['the lowest of several that would do', undefined, ['hoch', 'substanziell'], 'substanziell'],
    ['basis where nobody asks for any', undefined, [], 'basis'],
    ['what STORK calls it', undefined, ['STORK-QAA-Level-4'], 'hoch'],
  ])('is of the level that is %s', (_what, demanded, levels, expected) => {
    const offer = { ...both, ...(demanded && { vertrauensniveau: demanded }) };
    expect(demandOf(request({ levels }), directory([offer])).vertrauensniveau).toBe(expected);
  });

  test.each<[string, string[], string[], string]>([
    ['beside a lower level of acr_values', ['basis'], ['hoch'], 'hoch'],
    ['below a higher one', ['hoch'], ['substanziell'], 'hoch'],
    ['with several that would do', ['basis'], ['hoch', 'substanziell'], 'substanziell'],
  ])('is never of less than an essential claim asks for, %s', (_what, levels, essentialLevels, expected) => {
    const demand = demandOf(request({ levels, essentialLevels }), directory([both]));
    expect(demand.vertrauensniveau).toBe(expected);
  });

  test('is of the stricter level where two blueprints have the same Leistung', () => {
    const offers = [{ ...both, vertrauensniveau: 'hoch' }, both];
    expect(demandOf(request(), directory(offers)).vertrauensniveau).toBe('hoch');
  });

  test('takes the kinds of applicant that the Leistung takes', () => {
    const applicants = (...applicantKinds: string[]) => demandOf(request(), directory([{ applicantKinds }])).applicants;
    expect(applicants('natuerlich')).toEqual(['citizen']);
    expect(applicants('juristisch')).toEqual(['company']);
    expect(applicants('natuerlich', 'juristisch')).toEqual(['citizen', 'company']);
  });

  test('need not name the municipality where the online service has one only', () => {
    const { tenant: _, ...without } = request();
    const lacking = expect.objectContaining({ code: 'HUB_IDENTITY_DEMAND' });
    expect(demandOf(without, directory([both], { tenants: ['musterstadt'] })).tenant).toBe('musterstadt');
    expect(() => demandOf(without, directory([both], { tenants: ['musterstadt', 'neudorf'] }))).toThrow(lacking);
    expect(() => demandOf(without, directory([both]))).toThrow(lacking);
  });

  test('takes whatever reference of an application a proof takes', () => {
    const application = 'Bürgerbüro 2026/1';
    expect(demandOf(request({ application }), directory([both])).application).toBe(application);
  });

  test.each<[string, Partial<DemandRequest>, object, string]>([
    ['an unknown client', { client: 'andere' }, {}, 'HUB_IDENTITY_DEMAND'],
    ['an application with a line break', { application: 'CIV\n1' }, {}, 'HUB_IDENTITY_DEMAND'],
    ['an application with blanks around', { application: ' CIV-1' }, {}, 'HUB_IDENTITY_DEMAND'],
    ['an application of 201 characters', { application: 'x'.repeat(201) }, {}, 'HUB_IDENTITY_DEMAND'],
    ['no LeiKa key', { leistung: '12' }, {}, 'HUB_IDENTITY_DEMAND'],
    ['another municipality than allowed', {}, { tenants: ['neudorf'] }, 'HUB_IDENTITY_LEISTUNG'],
    ['another Leistung than allowed', {}, { leistungen: ['99999001060001'] }, 'HUB_IDENTITY_LEISTUNG'],
    ['a level of the prototype', { levels: ['constructor'] }, {}, 'HUB_IDENTITY_LEVEL_UNKNOWN'],
  ])('is refused for %s', (_what, changes, client, code) => {
    expect(() => demandOf(request(changes), directory([both], client))).toThrow(expect.objectContaining({ code }));
  });
});
