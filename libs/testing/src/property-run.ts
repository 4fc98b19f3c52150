/** How far model-based property tests walk, and from where. */
export interface PropertyRun {
  /** Steps of all walks of one file together. `HUB_PROPERTY_STEPS`; default 100,000 or less, the long form has a million. */
  readonly steps: number;
  /** For `fc.assert`. A failure prints its seed and path; `HUB_PROPERTY_SEED` repeats it. */
  readonly seed: number;
}

/**
 * @param usual steps where `HUB_PROPERTY_STEPS` says nothing
 * @throws where `HUB_PROPERTY_STEPS` or `HUB_PROPERTY_SEED` is no whole number
 */
export function propertyRun(usual = 100_000): PropertyRun {
  return {
    steps: whole('HUB_PROPERTY_STEPS') ?? usual,
    seed: whole('HUB_PROPERTY_SEED') ?? Math.floor(Math.random() * 2 ** 31),
  };
}

function whole(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d{1,12}$/.test(text)) throw new Error(`${name} must be a whole number.`);
  return Number(text);
}
