/** Characters that XBezahldienste, ePay21 and SEPA allow in a purpose. */
const LENGTH = 27;

const WRITTEN_OUT: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  ø: 'oe',
  å: 'aa',
  '&': ' und ',
};

export interface PurposeValues {
  readonly kassenzeichen: string;
  readonly vorgang?: string | undefined;
  /** Name of the Leistung. */
  readonly leistung?: string | undefined;
}

/**
 * The purpose on the citizen's statement: 27 characters at most of `[A-Za-z0-9 -]` (SEPA has no underscore), umlauts written out. Where the
 * template comes to more, what stands around the Kassenzeichen is cut, from the end, and the Kassenzeichen never.
 * @returns undefined where the Kassenzeichen alone is too long or has other characters
 */
export function purposeOf(template: string, values: PurposeValues): string | undefined {
  if (!/^[A-Za-z0-9-]{1,27}$/.test(values.kassenzeichen)) return undefined;
  const [before = '', ...rest] = template.split('{{kassenzeichen}}');
  const fill = (text: string) =>
    plain(text.replaceAll('{{vorgang}}', values.vorgang ?? '').replaceAll('{{leistung}}', values.leistung ?? ''));
  const after = fill(rest.join(''));
  const left = fill(before);
  const room = LENGTH - values.kassenzeichen.length;
  const keptBefore = left.slice(0, room);
  const keptAfter = after.slice(0, room - keptBefore.length);
  return `${keptBefore}${values.kassenzeichen}${keptAfter}`.trim();
}

function plain(text: string): string {
  const written = text.replaceAll(/[äöüÄÖÜßẞæøå&]/g, (letter) => WRITTEN_OUT[letter]!);
  return written
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9-]+/g, ' ');
}
