import type { XmlTree } from '@ozg-hub/xml';
import { childrenOf } from './elements.ts';
import { ASSERTION } from './names.ts';
import type { SamlAttribute } from './response-verifier.port.ts';

const XSI_NIL = '{http://www.w3.org/2001/XMLSchema-instance}nil';
/** The BundID's namespaces begin so, with a year and a part behind. */
const TRUST_LEVEL = /^\{https:\/\/www\.akdb\.de\/[^}]*\}TrustLevel$/;

/** The attributes of an assertion that is verified. */
export function attributesOf(assertion: XmlTree): SamlAttribute[] {
  return childrenOf(assertion, ASSERTION, 'AttributeStatement')
    .flatMap((statement) => childrenOf(statement, ASSERTION, 'Attribute'))
    .map(attributeOf);
}

function attributeOf(attribute: XmlTree): SamlAttribute {
  const { Name: name = '', FriendlyName: friendlyName } = attribute.attributes;
  const trustLevel = Object.entries(attribute.attributes).find(([key]) => TRUST_LEVEL.test(key))?.[1];
  return {
    name,
    values: childrenOf(attribute, ASSERTION, 'AttributeValue').filter(hasValue).map(valueOf),
    ...(friendlyName === undefined ? {} : { friendlyName }),
    ...(trustLevel === undefined ? {} : { trustLevel }),
  };
}

function hasValue({ attributes }: XmlTree): boolean {
  return attributes[XSI_NIL] !== 'true' && attributes[XSI_NIL] !== '1';
}

function valueOf(value: XmlTree): string | XmlTree {
  return value.children.length === 0 ? value.text : value;
}
