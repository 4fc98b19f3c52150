import type { XmlTree } from '@ozg-hub/xml';
import { acceptAlgorithm } from './algorithms.ts';
import { childrenOf, onlyChild } from './elements.ts';
import { samlErrors } from './errors.ts';
import { ENVELOPED, EXCLUSIVE_C14N, SIGNATURE } from './names.ts';

const BASE64 = /^\s*[A-Za-z0-9+/][A-Za-z0-9+/=\s]*$/;
const ID = /^[A-Za-z_][\w.-]{0,255}$/;

/**
 * A signature of what it stands in and of nothing else (SAML core §5.4): one reference, to the ID of its parent, the two
 * transformations of SAML, accepted algorithms. Whether it is right is for the verifier.
 * @throws HUB_SAML_WRAPPING, HUB_SAML_ALGORITHM and its like, HUB_SAML_MALFORMED
 */
export function checkSignature(signature: XmlTree, parent: XmlTree): void {
  const names = signature.children.map(({ local }) => local).join(' ');
  if (!/^SignedInfo SignatureValue(?: KeyInfo)?$/.test(names)) throw samlErrors.HUB_SAML_WRAPPING();
  const signedInfo = onlyChild(signature, SIGNATURE, 'SignedInfo');
  // Parameters of an algorithm (HMACOutputLength) are children of it.
  const method = algorithmOf(signedInfo, 'SignatureMethod');
  acceptAlgorithm('signature', method);
  if (algorithmOf(signedInfo, 'CanonicalizationMethod') !== EXCLUSIVE_C14N) throw samlErrors.HUB_SAML_ALGORITHM();
  const references = childrenOf(signedInfo, SIGNATURE, 'Reference');
  const [reference] = references;
  const id = parent.attributes['ID'] ?? '';
  if (references.length !== 1 || reference?.attributes['URI'] !== `#${id}` || !ID.test(id)) {
    throw samlErrors.HUB_SAML_WRAPPING();
  }
  checkTransforms(reference);
  acceptAlgorithm('digest', algorithmOf(reference, 'DigestMethod'));
  for (const value of [
    onlyChild(reference, SIGNATURE, 'DigestValue'),
    onlyChild(signature, SIGNATURE, 'SignatureValue'),
  ]) {
    if (!BASE64.test(value.text) || value.children.length > 0) throw samlErrors.HUB_SAML_MALFORMED();
  }
}

function checkTransforms(reference: XmlTree): void {
  const transforms = onlyChild(reference, SIGNATURE, 'Transforms').children;
  const algorithms = transforms.map(({ attributes }) => attributes['Algorithm']);
  if (algorithms.length !== 2 || algorithms[0] !== ENVELOPED || algorithms[1] !== EXCLUSIVE_C14N) {
    throw samlErrors.HUB_SAML_ALGORITHM();
  }
}

function algorithmOf(tree: XmlTree, local: string): string | undefined {
  const element = onlyChild(tree, SIGNATURE, local);
  if (local !== 'CanonicalizationMethod' && element.children.length > 0) throw samlErrors.HUB_SAML_ALGORITHM();
  return element.attributes['Algorithm'];
}
