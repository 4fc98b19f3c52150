import { expect, test } from '@jest/globals';
import { safeObjectName } from './object-name.ts';

test('every forbidden character is replaced, everything else stays', () => {
  expect(safeObjectName('a/b\\c:d"e*f?g<h>i|j\u0000k\u001bl\u0085m')).toBe('a_b_c_d_e_f_g_h_i_j_k_l_m');
  expect(safeObjectName('a/b', { replacement: '-' })).toBe('a-b');
  expect(safeObjectName('a\ud800b')).toBe('a_b');
  expect(safeObjectName("Müller-Lüdenscheidt, Änne (geb. Straße) – 'x' 100% #1 +.pdf")).toBe(
    "Müller-Lüdenscheidt, Änne (geb. Straße) – 'x' 100% #1 +.pdf",
  );
});

test('names are composed, and have no spaces or full stops at their ends', () => {
  expect(safeObjectName('Gru\u0308n.pdf')).toBe('Grün.pdf');
  expect(safeObjectName('  Antrag. . ')).toBe('Antrag');
  expect(safeObjectName('...')).toBe('_');
  expect(safeObjectName('')).toBe('_');
  expect(safeObjectName('.pdf')).toBe('.pdf');
});

test('long names are cut before the extension and between characters', () => {
  const cut = safeObjectName(`${'Ä'.repeat(300)}.pdf`);
  expect(cut).toBe(`${'Ä'.repeat(125)}.pdf`);
  expect(Buffer.byteLength(safeObjectName('👩‍👩‍👧'.repeat(30)))).toBeLessThanOrEqual(255);
  expect(safeObjectName('👩‍👩‍👧'.repeat(30))).toBe('👩‍👩‍👧'.repeat(14));
  expect(safeObjectName('abcdefgh.pdf', { maxBytes: 8 })).toBe('abcd.pdf');
  expect(safeObjectName('abc .pdf', { maxBytes: 8 })).toBe('abc.pdf');
});
