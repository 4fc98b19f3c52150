import type { IdentityAttribute, Vertrauensniveau } from '@ozg-hub/identity';
import type { SamlAttribute } from '@ozg-hub/saml';
import { loginErrors } from '../errors.ts';

const LONGEST = 4000;
const MOST = 100;

/** Looks through the attributes of an assertion; a name that stands there twice is refused where it is asked for. */
export class ProviderAttributes {
  constructor(private readonly attributes: readonly SamlAttribute[]) {}

  /** @throws HUB_IDENTITY_ATTRIBUTE_UNREADABLE */
  find(name: string): SamlAttribute | undefined {
    const [found, second] = this.attributes.filter((attribute) => attribute.name === name);
    if (second) throw loginErrors.HUB_IDENTITY_ATTRIBUTE_UNREADABLE();
    return found;
  }

  /** The one text value, NFC and without blanks around; undefined where it is empty or missing. */
  text(name: string): string | undefined {
    const [value, second] = this.find(name)?.values ?? [];
    if (second !== undefined || (value !== undefined && typeof value !== 'string')) {
      throw loginErrors.HUB_IDENTITY_ATTRIBUTE_UNREADABLE();
    }
    return value?.normalize('NFC').trim() || undefined;
  }
}

/** An attribute for the proof; nothing where there is no value. @throws HUB_IDENTITY_ATTRIBUTE_UNREADABLE */
export function identityAttribute(
  name: string,
  value: string | undefined,
  trust?: Vertrauensniveau,
): readonly IdentityAttribute[] {
  if (value === undefined) return [];
  if (value.length > LONGEST) throw loginErrors.HUB_IDENTITY_ATTRIBUTE_UNREADABLE();
  return [{ name, value, ...(trust && { trust }) }];
}

/** @throws HUB_IDENTITY_ATTRIBUTE_MISSING, HUB_IDENTITY_ATTRIBUTE_UNREADABLE */
export function checkAttributes(attributes: readonly IdentityAttribute[], required: readonly string[]): void {
  if (attributes.length > MOST) throw loginErrors.HUB_IDENTITY_ATTRIBUTE_UNREADABLE();
  const places = required
    .filter((name) => !attributes.some((attribute) => attribute.name === name))
    .map((field) => ({ field, message: 'is missing' }));
  if (places.length > 0) throw loginErrors.HUB_IDENTITY_ATTRIBUTE_MISSING({ places });
}
