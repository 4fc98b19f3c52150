import type { SigningKeys, SigningPurpose } from '@ozg-hub/identity';

/** New keys of one purpose, or of all. @returns what signs from now on */
export async function rotateKeys(
  keys: SigningKeys,
  purpose?: SigningPurpose,
): Promise<{ readonly purpose: SigningPurpose; readonly kid: string }[]> {
  const purposes: readonly SigningPurpose[] = purpose === undefined ? ['proof', 'oidc'] : [purpose];
  const made = [];
  for (const one of purposes) made.push({ purpose: one, kid: (await keys.rotate(one)).kid });
  return made;
}
