import { expect, test } from '@jest/globals';
import { fileNameOf, fileNameParameter } from './content-disposition.ts';

test('plain names are quoted, all others are encoded, and none can end the header', () => {
  expect(fileNameParameter('antrag 1.pdf')).toBe('filename="antrag 1.pdf"');
  expect(fileNameParameter('Führung.pdf')).toBe("filename*=UTF-8''F%C3%BChrung.pdf");
  expect(fileNameParameter('a"b\\c\r\nX: y')).toBe("filename*=UTF-8''a%22b%5Cc%0D%0AX%3A%20y");
  expect(fileNameParameter("it's 100%")).toBe("filename*=UTF-8''it%27s%20100%25");
});

test('what is written is read again', () => {
  for (const name of ['antrag 1.pdf', 'Führung "Groß".pdf', '日本 😀.pdf', "it's 100%.pdf", 'a;b,c.pdf']) {
    expect(fileNameOf(`attachment; ${fileNameParameter(name)}`)).toBe(name);
  }
});

test('names of other servers are read, too', () => {
  expect(fileNameOf('attachment; filename=antrag.pdf')).toBe('antrag.pdf');
  expect(fileNameOf('attachment; filename="a\\"b.pdf"; size=3')).toBe('a"b.pdf');
  expect(fileNameOf(`inline; filename="x.pdf"; filename*=utf-8'de'%C3%BC.pdf`)).toBe('ü.pdf');
  expect(fileNameOf("inline; filename*=ISO-8859-1''%FC.pdf")).toBe('ü.pdf');
  expect(fileNameOf('inline')).toBeUndefined();
  expect(fileNameOf(undefined)).toBeUndefined();
});
