import type { XmlTree } from '@ozg-hub/xml';
import { checkEncryption } from './encryption-shape.ts';
import { withDescendants } from './elements.ts';
import { samlErrors } from './errors.ts';
import { ASSERTION, PROTOCOL, SIGNATURE } from './names.ts';
import { checkSignature } from './signature-shape.ts';

/** What stands in a response, before anything of it is proven. */
export interface ResponseShape {
  readonly assertion: 'clear' | 'encrypted' | 'none';
  readonly assertionSigned: boolean;
  /** Certificates beside the signature of the response: for the words of a refusal only, never for trust. */
  readonly certificates: readonly string[];
}

const CONTAINERS = ['Assertion', 'EncryptedAssertion'];

/**
 * A response has one place for each of its parts, so each part elsewhere is an attack: the eight classic wrappings all need a
 * second response, assertion or signature. Names count whatever their namespace, since the verifier too compares local names.
 * @throws HUB_SAML_NOT_A_RESPONSE, HUB_SAML_WRAPPING, HUB_SAML_DUPLICATE_ID, HUB_SAML_SECOND_ASSERTION, HUB_SAML_UNSIGNED,
 * and those of signatures and encryption
 */
export function checkResponseShape(root: XmlTree): ResponseShape {
  if (root.namespace !== PROTOCOL || root.local !== 'Response' || root.attributes['Version'] !== '2.0') {
    throw samlErrors.HUB_SAML_NOT_A_RESPONSE();
  }
  checkIds(root);
  const containers = root.children.filter(({ local }) => CONTAINERS.includes(local));
  if (containers.length > 1) throw samlErrors.HUB_SAML_SECOND_ASSERTION();
  const signatures = checkPlaces(root);
  const own = signatures.find(({ parent }) => parent === root);
  if (own === undefined) throw samlErrors.HUB_SAML_UNSIGNED();
  for (const { element, parent } of signatures) checkSignature(element, parent);
  const [container] = containers;
  if (container?.local === 'EncryptedAssertion') checkEncryption(container);
  return {
    assertion: container === undefined ? 'none' : container.local === 'Assertion' ? 'clear' : 'encrypted',
    assertionSigned: signatures.some(({ parent }) => parent === container),
    certificates: [...withDescendants(own.element)]
      .filter(({ element }) => element.local === 'X509Certificate')
      .map(({ element }) => element.text),
  };
}

/**
 * The same for an assertion that came out of the encryption.
 * @returns whether it is signed itself
 */
export function checkAssertionShape(assertion: XmlTree): boolean {
  if (assertion.namespace !== ASSERTION || assertion.local !== 'Assertion') throw samlErrors.HUB_SAML_MALFORMED();
  checkIds(assertion);
  const signatures = checkPlaces(assertion);
  for (const { element, parent } of signatures) checkSignature(element, parent);
  return signatures.length > 0;
}

/** @returns the signatures: at most one of the root, at most one of the assertion */
function checkPlaces(root: XmlTree): { element: XmlTree; parent: XmlTree }[] {
  const signatures: { element: XmlTree; parent: XmlTree }[] = [];
  for (const { element, parent } of withDescendants(root)) {
    if (parent === undefined) continue;
    if (element.local === 'Response') throw samlErrors.HUB_SAML_WRAPPING();
    const belongs = parent === root && root.local === 'Response' && element.namespace === ASSERTION;
    if (CONTAINERS.includes(element.local) && !belongs) throw samlErrors.HUB_SAML_WRAPPING();
    if (element.local !== 'Signature') continue;
    const inPlace = parent === root || parent.local === 'Assertion';
    const first = signatures.every((signature) => signature.parent !== parent);
    if (!inPlace || !first || element.namespace !== SIGNATURE) throw samlErrors.HUB_SAML_WRAPPING();
    signatures.push({ element, parent });
  }
  return signatures;
}

/** IDs of any spelling and namespace, as the verifier looks for them. */
function checkIds(root: XmlTree): void {
  const seen = new Set<string>();
  for (const { element } of withDescendants(root)) {
    for (const [name, id] of Object.entries(element.attributes)) {
      if (!/(?:^|\})id$/i.test(name)) continue;
      if (seen.has(id)) throw samlErrors.HUB_SAML_DUPLICATE_ID();
      seen.add(id);
    }
  }
}
