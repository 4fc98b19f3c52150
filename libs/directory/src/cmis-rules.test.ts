import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkDirectory } from './check.ts';
import { cmisPathLevels, cmisRulesOf } from './cmis-rules.ts';
import { sampleFolder } from './sample-folder.ts';

const hund = 'blueprints/hund-anmelden@1.yaml';

/** Findings of a directory whose blueprint has these rules under `cmis`, each as `line message`. */
async function findingsOf(rules: string) {
  const folder = await sampleFolder({ [hund]: ['  omit: [Bank]\n', `  omit: [Bank]\n  cmis:\n${rules}`] });
  try {
    const all = await checkDirectory(folder.path, { targetKinds: { folder: z.unknown() } });
    expect(all.every(({ file, severity }) => file === hund && severity === 'error')).toBe(true);
    return all.map(({ line, message }) => `${line} ${message}`);
  } finally {
    await folder.remove();
  }
}

describe('filing rules for CMIS', () => {
  test('may be left out: then they follow from the others', () => {
    expect(cmisRulesOf({})).toMatchObject({
      path: '{{aktenplaneinheit}}',
      vorgang: { type: 'cmis:folder', name: '{{betreff}}', properties: {} },
      documents: { type: 'cmis:document', name: '{{title}}' },
      collision: 'number',
    });
  });

  test('are right with every kind of value', async () => {
    const rules = `    path: 'Steuern/{{aktenplaneinheit}}/{{submittedAt.year}}'
    pathTypes: [cmis:folder, eakte:plan]
    vorgang:
      type: eakte:vorgang
      name: '{{submittedAt.date}} {{betreff}}'
      properties:
        eakte:betreff: '{{betreff}}'
        eakte:text: { text: '{{tenant}} {{submissionId}}' }
        eakte:tag: { date: fachdaten.Hund.Geboren }
        eakte:fest: { date: '2026-01-31' }
        eakte:eingang: { datetime: acceptedAt }
        eakte:nummer: { integer: laufendeNummer }
        eakte:anzahl: { integer: 1 }
        eakte:summe: { decimal: fachdaten.Fall.Betrag }
        eakte:papier: { boolean: false }
        eakte:personen: ['{{applicant}}', '{{fachdaten.Hund.Halter}}']
      access:
        - { principal: gruppe, permissions: ['cmis:read'] }
        - { principal: anyone, permissions: ['cmis:all'], revoke: true }
    documents:
      types: { Anlage: eakte:anlage }
      name: '{{number}} {{role|Daten}} {{title}}'
      versioningState: major
    container: { name: 'Antrag {{vorgang}}.zip' }
    collision: refuse
`;
    expect(await findingsOf(rules)).toEqual([]);
  });

  test.each([
    ["    path: 'a/{{title}}'\n", /^12 unknown placeholder \{\{title\}\}/],
    ["    path: 'a'\n    pathTypes: [x, y]\n", /^13 has more types than path has folders/],
    ["    vorgang: { name: '{{number}}' }\n", /^12 unknown placeholder \{\{number\}\}/],
    ["    vorgang:\n      properties:\n        a: '{{aplicant}}'\n", /^14 unknown placeholder \{\{aplicant\}\}/],
    [
      '    vorgang:\n      properties:\n        a: { datetime: gestern }\n',
      /^14 must be a time such as .*, submittedAt, acceptedAt/,
    ],
    [
      '    vorgang:\n      properties:\n        a: { date: fachdaten.Hund }\n',
      /^14 must be a day such as .*, submittedAt, acceptedAt/,
    ],
    ["    vorgang:\n      properties:\n        a: { integer: '7' }\n", /^14 must be submittedAt/],
    ["    vorgang:\n      properties:\n        cmis:name: '{{betreff}}'\n", /^13 name and type have keys of their own/],
    ['    documents: { types: { Brief: x } }\n', /^12 /],
    ['    documents: { versioningState: checkedout }\n', /^12 must be none, or major, or minor/],
    ['    vorgang: { tpye: x }\n', /^12 unknown key tpye/],
  ])('name the line of %j', async (rules, expected) => {
    expect(await findingsOf(rules)).toEqual([expect.stringMatching(expected)]);
  });

  test('a path has levels; a slash inside a placeholder separates nothing', () => {
    expect(cmisPathLevels('/a/{{vorgang|a/b}} c//{{submittedAt.year}}/')).toEqual([
      'a',
      '{{vorgang|a/b}} c',
      '{{submittedAt.year}}',
    ]);
    expect(cmisPathLevels('')).toEqual([]);
  });
});
