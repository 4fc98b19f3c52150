/** RFC 5987 `attr-char`; everything else is percent-encoded. */
const PLAIN = /[A-Za-z0-9!#$&+.^_`|~-]/;
/** What may stand between quotes in every server we know. */
const QUOTABLE = /^[A-Za-z0-9 !#$&'()+,.=@[\]^_`{}~-]*$/;

/**
 * The parameter with a file name: quoted where it is plain ASCII, else by RFC 5987/2231 as `filename*=UTF-8''…`.
 * Raw UTF-8 between quotes is read as ISO-8859-1 by servlet containers.
 */
export function fileNameParameter(fileName: string): string {
  if (QUOTABLE.test(fileName)) return `filename="${fileName}"`;
  let encoded = '';
  for (const byte of Buffer.from(fileName, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += PLAIN.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return `filename*=UTF-8''${encoded}`;
}

/** The file name of a Content-Disposition header, RFC 5987 before the plain one; undefined where there is none to be read. */
export function fileNameOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;\s]*)/i.exec(header);
  if (extended) {
    const bytes = extended[2]!.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString(extended[1]!.toLowerCase() === 'utf-8' ? 'utf8' : 'latin1');
  }
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i.exec(header);
  return plain ? (plain[1]?.replace(/\\(.)/g, '$1') ?? plain[2]) : undefined;
}
