import { describe, expect, test } from '@jest/globals';
import { contradicts, probeContent } from './content-probe.ts';

const chunked = async function* (bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};
const probe = (content: string | readonly number[], size = 100_000) =>
  probeContent(chunked(Buffer.from(content as string), size));
const zip = (name: string, more = '') => `PK\x03\x04${'\x14'.repeat(26)}${name}${more}`;

describe('the content of a file', () => {
  const table: readonly (readonly [
    what: string,
    content: string | readonly number[],
    mediaType: string | undefined,
  ])[] = [
    ['a PDF', '%PDF-1.7\n', 'application/pdf'],
    ['a PDF after rubbish', `${'x'.repeat(200)}%PDF-1.4`, 'application/pdf'],
    ['a PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0], 'image/png'],
    ['a JPEG', [0xff, 0xd8, 0xff, 0xe0], 'image/jpeg'],
    ['a TIFF', [0x4d, 0x4d, 0, 0x2a], 'image/tiff'],
    ['an RTF', '{\\rtf1 x}', 'application/rtf'],
    ['an old Office file', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'application/x-ole-storage'],
    [
      'a Word file',
      zip('[Content_Types].xml', 'x'.repeat(9000) + zip('word/document.xml')),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    [
      'an OpenDocument text',
      zip('mimetype', 'application/vnd.oasis.opendocument.textPK'),
      'application/vnd.oasis.opendocument.text',
    ],
    ['a ZIP', zip('a.txt'), 'application/zip'],
    ['XML', '\uFEFF<?xml version="1.0"?><a/>', 'application/xml'],
    ['HTML', '<!DOCTYPE html><html></html>', 'text/html'],
    ['text', 'Größe;Farbe\n1;rot', 'text/plain'],
    ['bytes that nobody knows', [1, 0, 2], undefined],
    ['nothing', '', undefined],
  ];
  test.each(table)('%s is known, wherever its chunks are cut', async (_what, content, mediaType) => {
    for (const size of [1, 5, 100, 100_000]) expect((await probe(content, size)).mediaType).toBe(mediaType);
  });

  test('contradicts a code only where it certainly does', async () => {
    const pdf = await probe('%PDF-1.7');
    const pdfA = await probe('%PDF-1.7 <pdfaid:part>2</pdfaid:part><pdfaid:conformance>B<');
    const text = await probe('Zeile 1\n');
    expect([contradicts('018', pdf), contradicts('044', pdf), contradicts('044', pdfA)]).toEqual([false, true, false]);
    expect(contradicts('011', pdf)).toBe(true);
    expect([contradicts('002', text), contradicts('045', text), contradicts('019', text)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([contradicts('018', {}), contradicts('100', pdf), contradicts('999', pdf)]).toEqual([false, false, false]);
  });
});
