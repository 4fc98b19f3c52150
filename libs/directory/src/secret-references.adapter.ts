import { readFile } from 'node:fs/promises';
import { directoryErrors } from './errors.ts';
import type { SecretResolver } from './secrets.port.ts';

/** Secrets from the environment given and from files, such as those a container platform mounts. An empty one is none. */
export function secretReferences(environment: Readonly<Record<string, string | undefined>>): SecretResolver {
  return {
    async resolve(reference) {
      const missing = (cause?: unknown) =>
        directoryErrors.HUB_DIRECTORY_SECRET_MISSING({ detail: `There is no secret at ${reference}.`, cause });
      if (reference.startsWith('env:')) {
        const value = environment[reference.slice('env:'.length)];
        if (!value?.trim()) throw missing();
        return value;
      }
      const text = await readFile(reference.slice('file:'.length), 'utf8').catch((cause: unknown) => {
        throw missing(cause);
      });
      if (text.trim() === '') throw missing();
      return text.replace(/\r?\n$/, '');
    },
  };
}
