import { TextDecoder } from 'node:util';
import { isHubError } from '@ozg-hub/core';
import { type XmlTree, readTree } from '@ozg-hub/xml';
import { samlErrors } from './errors.ts';

/** Largest document in bytes; a genuine response has some 20 kB. */
const MOST_BYTES = 1024 * 1024;
/** Base64 of that, with line breaks. */
const MOST_CHARACTERS = 1_450_000;
const BASE64 = /^[A-Za-z0-9+/\r\n]+={0,2}[\r\n]*$/;
const DECLARATION = /^<\?xml\s[^?<>]*\?>/;
const OTHER_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)/;

/**
 * The text in a form field `SAMLResponse`, looked through before any parser sees it.
 * @throws HUB_SAML_TOO_LARGE, HUB_SAML_ENCODING, and what {@link checkMarkup} throws
 */
export function decodeResponse(field: string): string {
  if (field.length > MOST_CHARACTERS) throw samlErrors.HUB_SAML_TOO_LARGE();
  if (!BASE64.test(field)) throw samlErrors.HUB_SAML_ENCODING();
  const compact = field.replaceAll(/[\r\n]/g, '');
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.toString('base64') !== compact) throw samlErrors.HUB_SAML_ENCODING();
  if (bytes.length > MOST_BYTES) throw samlErrors.HUB_SAML_TOO_LARGE();
  return checkMarkup(decoded(bytes));
}

/**
 * Refuses what SAML documents have no need for and parsers disagree about. Exact without a parser: with CDATA sections,
 * comments and processing instructions gone, `<!`, `<?` and `&` have one meaning each.
 * @returns the text
 * @throws HUB_SAML_DOCTYPE, HUB_SAML_ENTITY, HUB_SAML_MARKUP
 */
export function checkMarkup(text: string): string {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw samlErrors.HUB_SAML_DOCTYPE();
  if (text.includes('<!') || text.replace(DECLARATION, '').includes('<?')) throw samlErrors.HUB_SAML_MARKUP();
  if (OTHER_ENTITY.test(text)) throw samlErrors.HUB_SAML_ENTITY();
  return text;
}

/**
 * A document as a tree.
 * @throws HUB_SAML_MALFORMED, and what {@link checkMarkup} throws
 */
export function readDocument(text: string): XmlTree {
  checkMarkup(text);
  try {
    return readTree(text, { maxText: MOST_BYTES });
  } catch (error) {
    if (isHubError(error)) throw samlErrors.HUB_SAML_MALFORMED({ places: error.places, cause: error });
    throw error;
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw samlErrors.HUB_SAML_ENCODING({ cause });
  }
}
