import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canRun } from '@ozg-hub/testing/database';
import { hasStandard, standardFolder } from './sample-schemas.ts';
import { sampleSgoAblegen } from './sample.ts';
import { isStringLatin } from './string-latin.ts';
import { fits, transliterate } from './transliteration.ts';
import { asMessage, writeMessage, writeSgoAblegen } from './write-message.ts';

const withOfficial = canRun('shared', hasStandard, 'xdomea String.Latin', '../shared/standards/xdomea');

/** A pattern of XML Schema as a regular expression. */
function patternOf(path: string, type: string): RegExp {
  const text = readFileSync(path, 'utf8');
  const found = new RegExp(`<xs:simpleType name="${type}">.*?<xs:pattern value="([^"]*)"`, 's').exec(text)![1]!;
  const source = found.replaceAll(/&#(x?)([0-9A-Fa-f]+);/g, (_, hex, code) => {
    return `\\u{${Number.parseInt(code, hex ? 16 : 10).toString(16)}}`;
  });
  return new RegExp(`^(?:${source})$`, 'u');
}

const differing = (pattern: RegExp) => {
  const letters = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code));
  const accents = ['\u0302', '\u030C', '\u0301'];
  const combined = [...'DdJjLlMmNnQq'].flatMap((base) => accents.map((accent) => base + accent));
  return [...letters, ...combined, '\uFEFF', '😀'].filter((text) => pattern.test(text) !== isStringLatin(text));
};

describe('String.Latin', () => {
  test('is in the profile of 2.4 what it is here', () => {
    const profile = fileURLToPath(new URL('../../../schemas/xdomea/profile/version-2.4.xsd', import.meta.url));
    expect(differing(patternOf(profile, 'Zeichen'))).toEqual([]);
  });

  (withOfficial ? test : test.skip)('is what the official schema says', () => {
    expect(differing(patternOf(join(standardFolder, 'xsd/2.4.0/xoev/latinchars.xsd'), 'String.Latin'))).toEqual([]);
  });
});

describe('transliteration', () => {
  const table: readonly (readonly [text: string, written: string, replaced: number, lost: number])[] = [
    ['Größe & Straße, 5 €', 'Größe & Straße, 5 €', 0, 0],
    ['„Söhne“ – Nr. 1', '"Söhne" - Nr. 1', 3, 0],
    ['a\u00A0b\u200Bc\u00ADd', 'a bcd', 3, 0],
    ['Gro\u0308ße', 'Größe', 0, 0],
    ['ﬁnden … ½ m² ™', 'finden ... ½ m² (TM)', 3, 0],
    ['Иванов, Жанна', 'Ivanov, Zhanna', 11, 0],
    ['Αθήνα', 'Athina', 5, 0],
    ['q\u0303', 'q', 1, 0],
    ['Ḳẉ M̂', 'Kw M̂', 2, 0],
    ['Grüße 😀 北', 'Grüße ? ?', 2, 2],
    ['a\u0007b\u000Bc', 'ab c', 2, 0],
  ];
  test.each(table)('of %j for 2.4 is %j', (text, written, replaced, lost) => {
    const result = transliterate(text, 'string-latin');
    expect(result).toMatchObject({ text: written, replaced, lost });
    expect(fits(result.text, 'string-latin')).toBe(true);
  });

  test('for 3.x touches nothing but what XML forbids', () => {
    expect(transliterate('„Иванов“ 😀\u0000', 'xml')).toMatchObject({ text: '„Иванов“ 😀', replaced: 1 });
    expect(transliterate('a\uD800b\uFFFE', 'xml')).toMatchObject({ text: 'a?b?', replaced: 2, lost: 2 });
  });

  test('gives something that fits for every character there is', () => {
    for (let code = 0; code < 0x11000; code += 1) {
      const { text } = transliterate(String.fromCodePoint(code), 'string-latin');
      if (!fits(text, 'string-latin')) throw new Error(`U+${code.toString(16)} becomes ${JSON.stringify(text)}`);
    }
  });
});

describe('a message with characters that are not allowed', () => {
  const with_ = (betreff: string) => {
    const message = sampleSgoAblegen();
    return asMessage({ ...message, vorgang: { ...message.vorgang!, metadaten: { betreff } } });
  };
  const place = '/SchriftgutobjektZumAblegen[1]/Schriftgutobjekt[1]/Vorgang[1]/AllgemeineMetadaten[1]/Betreff[1]';

  test.each(['2.4.0', '3.0.0', '3.1.0'])('%s: a control character is refused with its place', (version) => {
    expect(() => writeMessage(with_('a\u0007b'), { version })).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_CHARACTER',
        places: [{ path: `/FVDaten.SGOAblegen.0605${place}`, message: expect.stringContaining('XML forbids') }],
      }),
    );
  });

  test('is refused by 2.4 with every place where String.Latin ends, and not by 3.x', () => {
    expect(() => writeMessage(with_('„Hund“'), { version: '2.4.0' })).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_CHARACTER',
        places: [{ path: `/FVDaten.SGOAblegen.0605${place}`, message: expect.stringContaining('String.Latin') }],
      }),
    );
    expect(writeMessage(with_('„Hund“')).xml).toContain('„Hund“');
  });

  test('is written by the policy `transliterate`, and the notes tell where, but no value', () => {
    const { xml, notes } = writeMessage(with_('„Иван“ 😀'), { version: '2.4.0', characters: 'transliterate' });
    expect(xml).toContain('<xdomea:Betreff>"Ivan" ?</xdomea:Betreff>');
    expect(notes).toEqual([
      {
        kind: 'characters-lost',
        path: `/FVDaten.SGOAblegen.0605${place}`,
        message: '7 characters were replaced, among them U+1F600 U+201C U+201E; 1 of them became a question mark',
      },
    ]);
  });

  test('keeps the names of its files: another name would not be found', () => {
    const message = sampleSgoAblegen();
    const document = message.vorgang!.dokumente![1]!;
    const format = document.versionen![0]!.formate[0]!;
    const dateiname = '11111111-2222-4333-8444-000000000024_„Daten“.xml';
    const versionen = [{ nummer: '1', formate: [{ ...format, primaerdokument: { dateiname } }] }];
    const changed = { ...message, vorgang: { ...message.vorgang!, dokumente: [{ ...document, versionen }] } };
    expect(writeSgoAblegen(changed, { version: '2.4.0', characters: 'transliterate' })).toContain(`>${dateiname}<`);
  });
});
