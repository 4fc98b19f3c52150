import { expect, test } from '@jest/globals';
import type { Directory, Snapshot } from '@ozg-hub/directory';
import type { XmlPool } from '@ozg-hub/xml';
import { ApplicationReader } from './application-reader.ts';

const profile = {
  id: 'sample-1.0',
  version: 1,
  title: 'Sample',
  root: '/antrag',
  application: { organisationseinheit: 'oe', prozessschluessel: 'prozess' },
  applicant: { person: { natuerlich: { at: 'person', fields: { familienname: 'name' } } } },
};
const extracted = {
  organisationseinheit: '00.00.MUS.1',
  prozessschluessel: 'HundAnmelden',
  applicant: { natuerlich: { familienname: 'Mustermann' } },
};
const version = (name: string) => ({ version: name, source: () => ({ profile: name }), profile: () => profile });

test('an application belongs to the version of the directory that began to read it, also where that changes meanwhile', async () => {
  let current = version('before');
  const directory = { current: () => current as unknown as Snapshot } as Directory;
  const pool = {
    run: () => {
      current = version('after');
      return Promise.resolve({ value: extracted, canonicalSha256: 'ab' });
    },
  } as unknown as XmlPool;
  const reader = new ApplicationReader(pool, directory, 1_000);
  const read = [await reader.read('civento', new Uint8Array()), await reader.read('civento', new Uint8Array())];
  expect(read.map(({ snapshot }) => snapshot.version)).toEqual(['before', 'after']);
});
