import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messageFileName, packageName, primaryFileName, safeFileName } from './package-names.ts';

const uuid = '11111111-2222-4333-8444-000000000021';

describe('file names', () => {
  test('of package and message follow the standard', () => {
    expect(packageName(uuid, 'FVDaten.SGOAblegen.0605')).toBe(`${uuid}_FVDaten.SGOAblegen.0605.zip`);
    expect(messageFileName(uuid, 'FVDaten.ImportBestaetigen.0630')).toBe(`${uuid}_FVDaten.ImportBestaetigen.0630.xml`);
  });

  const table: readonly (readonly [string, string])[] = [
    ['Antrag Größe.pdf', 'Antrag Größe.pdf'],
    ['Gro\u0308ße.pdf', 'Größe.pdf'],
    ['a<b>c:d"e/f\\g|h?i*j.pdf', 'a_b_c_d_e_f_g_h_i_j.pdf'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1.tar.gz', '_com1.tar.gz'],
    ['console.txt', 'console.txt'],
    ['ends with dot.', 'ends with dot'],
    ['ends with blank ', 'ends with blank'],
    ['.htaccess', 'htaccess'],
    ['a\u0000b\u001Fc.txt', 'a_b_c.txt'],
    ['gpj.\u202Efdp.exe', 'gpj._fdp.exe'],
    ['', 'Datei'],
    ['...', 'Datei'],
  ];
  test.each(table)('%j becomes %j', (given, safe) => {
    expect(safeFileName(given)).toBe(safe);
  });

  test('stay within 255 bytes with the UUID, keep the extension and whole letters', () => {
    const name = primaryFileName(uuid, `${'ä'.repeat(300)}.pdf`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^11111111-2222-4333-8444-000000000021_ä+\.pdf$/);
    expect(Buffer.byteLength(primaryFileName(uuid, `${'👩‍👩‍👧'.repeat(60)}.jpeg`))).toBeLessThanOrEqual(255);
  });

  test('get an extension by the format where they have none, as 2.4 requires', () => {
    expect(primaryFileName(uuid, 'Antrag', '018')).toBe(`${uuid}_Antrag.pdf`);
    expect(primaryFileName(uuid, 'Antrag', '100')).toBe(`${uuid}_Antrag.bin`);
    expect(primaryFileName(uuid, 'Antrag.doc', '018')).toBe(`${uuid}_Antrag.doc`);
    expect(Buffer.byteLength(primaryFileName(uuid, 'ä'.repeat(300), '011'))).toBeLessThanOrEqual(255);
  });

  test('are safe for every name a citizen can think of, and safe names stay as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (original) => {
        const name = primaryFileName(uuid, original);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        // oxlint-disable-next-line no-control-regex
        expect(name).not.toMatch(/[<>:"/\\|?*\u0000-\u001f]|[. ]$/);
        expect(name.normalize('NFC')).toBe(name);
        expect(safeFileName(name)).toBe(name);
      }),
    );
  });
});
