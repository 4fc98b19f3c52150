/**
 * The characters of String.Latin 1.1, the only ones that texts of xdomea 2.4 may have: Latin letters of the languages of
 * Europe, ASCII, Latin-1 and the euro sign. Typographic quotation marks and dashes are not among them.
 */
const RANGES =
  '9-A D 20-7E A1-AC AE-107 10A-11B 11E-123 126-131 134-15B 15E-16B 16E-17E 18F 1A0-1A1 1AF-1B0 1B7 1CD-1D4 1DE-1DF ' +
  '1E4-1F0 1F4-1F5 1FA-1FF 218-21B 21E-21F 22A-22B 22E-233 259 292 1E02-1E03 1E0A-1E0B 1E10-1E11 1E1E-1E21 1E24-1E27 ' +
  '1E30-1E31 1E40-1E41 1E44-1E45 1E56-1E57 1E60-1E63 1E6A-1E6B 1E80-1E85 1E8C-1E93 1E9E 1EA0-1EA7 1EAA-1EAC ' +
  '1EAE-1EC1 1EC4-1ED3 1ED6-1EDD 1EE4-1EF9 20AC';

const SET = RANGES.split(' ')
  .map((range) => {
    const [first, last = first] = range.split('-').map((hex) => `\\u{${hex}}`);
    return `${first}-${last}`;
  })
  .join('');

/** Letters that Unicode has no single character for, among those allowed. */
const COMBINED = String.raw`[DLMNdlmn]\u0302|J\u030C`;

/** One letter of String.Latin; sticky, so that its use begins with `lastIndex`. */
export const stringLatinLetter = (): RegExp => new RegExp(`(?:${COMBINED}|[${SET}])`, 'uy');

const WHOLE = new RegExp(`^(?:${COMBINED}|[${SET}])*$`, 'u');

/** @param text in Unicode's composed form (NFC) */
export function isStringLatin(text: string): boolean {
  return WHOLE.test(text);
}
