import { expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { multipartBody } from './multipart.ts';

test('sends the parts in order with UTF-8 file names, content types and a closing boundary', async () => {
  const { contentType, body } = multipartBody(
    [
      { name: 'application', contentType: 'application/xml', content: '<Antrag/>' },
      { name: 'plan', fileName: 'Größe "M".pdf', contentType: 'application/pdf', content: Buffer.from('%PDF-') },
      { name: 'foto', fileName: 'a\r\nb.png', content: () => Readable.from([Buffer.from('x'), Buffer.from('y')]) },
    ],
    'grenze',
  );
  expect(contentType).toBe('multipart/form-data; boundary=grenze');
  expect(Buffer.concat(await body.toArray()).toString()).toBe(
    [
      '--grenze',
      'Content-Disposition: form-data; name="application"',
      'Content-Type: application/xml',
      '',
      '<Antrag/>',
      '--grenze',
      'Content-Disposition: form-data; name="plan"; filename="Größe %22M%22.pdf"',
      'Content-Type: application/pdf',
      '',
      '%PDF-',
      '--grenze',
      'Content-Disposition: form-data; name="foto"; filename="a%0D%0Ab.png"',
      '',
      'xy',
      '--grenze--',
      '',
    ].join('\r\n'),
  );
});

test('reads a file only when its turn comes, and as what a platform parser reads', async () => {
  let opened = false;
  const content = () => {
    opened = true;
    return Readable.from([Buffer.from([0, 13, 10, 255])]);
  };
  const { contentType, body } = multipartBody([
    { name: 'application', contentType: 'application/xml', content: '<ä/>' },
    { name: 'datei', fileName: 'Straße.bin', contentType: 'image/png', content },
  ]);
  expect(opened).toBe(false);
  const bytes = Buffer.concat(await body.toArray());
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  expect(form.get('application')).toBe('<ä/>');
  const file = form.get('datei') as File;
  expect([file.name, file.type]).toEqual(['Straße.bin', 'image/png']);
  expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([0, 13, 10, 255]);
});
