import { describeSettings, hostSettings } from '@ozg-hub/runtime';
import type { z } from 'zod';
import { table } from './markdown-table.ts';
import { sourcesNamed } from './sources.ts';

/** Every setting: those of the host, then those of each service's `config.ts`. */
export async function settingsTable(): Promise<string> {
  const ofServices = (await sourcesNamed('config.ts')).flatMap(({ exports }) => exports.filter(isSettings));
  return table(
    ['name', 'default', 'is'],
    describeSettings([hostSettings, ...ofServices]).map(({ name, fallback, description }) => [
      `\`${name}\``,
      isOfTheMachine(fallback, description) ? '' : `\`${fallback}\``,
      description,
    ]),
  );
}

/** A path, or a default that the description tells. */
function isOfTheMachine(fallback: string, description: string): boolean {
  return fallback === '' || fallback.startsWith('/') || description.includes('Default:');
}

function isSettings(exported: unknown): exported is z.ZodObject {
  return typeof exported === 'object' && exported !== null && 'shape' in exported;
}
