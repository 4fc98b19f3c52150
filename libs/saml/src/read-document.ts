import { TextDecoder } from 'node:util';
import { isHubError } from '@ozg-hub/core';
import { type XmlTree, readTree } from '@ozg-hub/xml';
import { samlErrors } from './errors.ts';

/** Largest document in bytes; a genuine response has some 20 kB. */
const MOST_BYTES = 1024 * 1024;
/** Base64 of that, with line breaks. */
const MOST_CHARACTERS = 1_450_000;
const DECLARATION = /^<\?xml\s[^?<>]*\?>/;
const OTHER_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)/;

/**
 * The text in a form field `SAMLResponse`. Base64 in one way only: lines may be broken, nothing else.
 * @throws HUB_SAML_TOO_LARGE, HUB_SAML_ENCODING
 */
export function decodeResponse(field: string): string {
  if (field.length > MOST_CHARACTERS) throw samlErrors.HUB_SAML_TOO_LARGE();
  const compact = field.replaceAll(/[\r\n]/g, '');
  const bytes = Buffer.from(compact, 'base64');
  if (compact === '' || bytes.toString('base64') !== compact) throw samlErrors.HUB_SAML_ENCODING();
  if (bytes.length > MOST_BYTES) throw samlErrors.HUB_SAML_TOO_LARGE();
  return decoded(bytes);
}

/**
 * A document as a tree, looked through before the parser sees it.
 * @param maxNodes most elements; default 500, some four times those of a genuine response: what checks signatures takes seconds for
 * ten thousand. Attributes and declarations of namespaces are at most three times as many
 * @throws HUB_SAML_MALFORMED, HUB_SAML_TOO_LARGE, HUB_SAML_DOCTYPE, HUB_SAML_ENTITY, HUB_SAML_MARKUP
 */
export function readDocument(text: string, maxNodes = 500): XmlTree {
  checkMarkup(text);
  if ((text.match(/=\s*["']/g)?.length ?? 0) > 3 * maxNodes) throw samlErrors.HUB_SAML_TOO_LARGE();
  try {
    return readTree(text, { maxText: MOST_BYTES, maxNodes });
  } catch (error) {
    if (!isHubError(error)) throw error;
    const { places } = error;
    if (error.code === 'HUB_XML_TOO_LARGE') throw samlErrors.HUB_SAML_TOO_LARGE({ places, cause: error });
    throw samlErrors.HUB_SAML_MALFORMED({ places, cause: error });
  }
}

/**
 * Refuses what SAML documents have no need for and parsers disagree about. Exact without a parser: with CDATA sections,
 * comments and processing instructions gone, `<!`, `<?` and `&` have one meaning each.
 */
function checkMarkup(text: string): void {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw samlErrors.HUB_SAML_DOCTYPE();
  if (text.includes('<!') || text.replace(DECLARATION, '').includes('<?')) throw samlErrors.HUB_SAML_MARKUP();
  if (OTHER_ENTITY.test(text)) throw samlErrors.HUB_SAML_ENTITY();
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw samlErrors.HUB_SAML_ENCODING({ cause });
  }
}
