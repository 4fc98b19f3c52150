import type { SigningKeys, SigningPurpose } from '@ozg-hub/identity';

/**
 * New keys of one purpose, or of all.
 * @param withdraw for keys in other hands: nothing that the keys before signed is accepted any more
 */
export async function rotateKeys(
  keys: SigningKeys,
  {
    purpose,
    withdraw = false,
  }: { readonly purpose?: SigningPurpose | undefined; readonly withdraw?: boolean | undefined },
): Promise<{ readonly purpose: SigningPurpose; readonly kid: string }[]> {
  const purposes: readonly SigningPurpose[] = purpose === undefined ? ['proof', 'oidc'] : [purpose];
  const made = [];
  for (const one of purposes) made.push({ purpose: one, kid: (await keys.rotate(one, { withdraw })).kid });
  return made;
}
