import { z } from 'zod';

/** A switch that belongs to installations under test; a directory that has it on is warned. */
export function forTestsOnly<Setting extends z.ZodType>(setting: Setting): Setting {
  return setting.meta({ forTestsOnly: true });
}

/** Names of the switches that are on and {@link forTestsOnly}. */
export function settingsForTests(schema: z.ZodType, settings: Readonly<Record<string, unknown>>): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  return Object.keys(shape).filter((name) => settings[name] === true && shape[name]!.meta()?.['forTestsOnly'] === true);
}
