import type { XmlTree } from '@ozg-hub/xml';
import { acceptAlgorithm } from './algorithms.ts';
import { childrenOf, onlyChild, optionalChild, withDescendants } from './elements.ts';
import { samlErrors } from './errors.ts';
import { ENCRYPTION, ENCRYPTION11, SIGNATURE } from './names.ts';

/**
 * One piece of data, encrypted by one key, by accepted algorithms. An element that names none has none, so defaults of
 * libraries do not come into it but where XML Encryption has them itself (§5.5.2).
 * @throws HUB_SAML_CBC, HUB_SAML_RSA15, HUB_SAML_ALGORITHM, HUB_SAML_WRAPPING, HUB_SAML_MALFORMED
 */
export function checkEncryption(container: XmlTree): void {
  const all = [...withDescendants(container)].map(({ element }) => element);
  const keys = all.filter(({ local }) => local === 'EncryptedKey');
  const [key] = keys;
  const data = onlyChild(container, ENCRYPTION, 'EncryptedData');
  if (key === undefined || keys.length > 1 || all.filter(({ local }) => local === 'EncryptedData').length > 1) {
    throw samlErrors.HUB_SAML_WRAPPING();
  }
  acceptAlgorithm('content', onlyChild(data, ENCRYPTION, 'EncryptionMethod').attributes['Algorithm']);
  const transport = onlyChild(key, ENCRYPTION, 'EncryptionMethod');
  acceptAlgorithm('keyTransport', transport.attributes['Algorithm']);
  const digest = optionalChild(transport, SIGNATURE, 'DigestMethod');
  if (digest !== undefined) acceptAlgorithm('oaepDigest', digest.attributes['Algorithm']);
  const mask = optionalChild(transport, ENCRYPTION11, 'MGF');
  if (mask !== undefined) acceptAlgorithm('oaepMask', mask.attributes['Algorithm']);
  const known = childrenOf(transport, ENCRYPTION, 'OAEPparams').length + Number(digest !== undefined) + Number(!!mask);
  if (transport.children.length !== known) throw samlErrors.HUB_SAML_ALGORITHM();
}
