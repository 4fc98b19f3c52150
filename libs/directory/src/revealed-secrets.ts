import { isSecretReference } from './doubtful-values.ts';
import type { SecretResolver } from './secrets.port.ts';

/** A deep copy with every secret reference looked up. @throws HUB_DIRECTORY_SECRET_MISSING */
export async function reveal(value: unknown, secrets: SecretResolver): Promise<unknown> {
  if (isSecretReference(value)) return secrets.resolve(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => reveal(item, secrets)));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(async ([key, member]) => [key, await reveal(member, secrets)]);
  return Object.fromEntries(await Promise.all(members));
}
