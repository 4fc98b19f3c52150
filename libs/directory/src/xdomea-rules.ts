import { z } from 'zod';

/** A number without quotes would lose its zero. */
const oneOf = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  z.enum(choices, { error: `must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}, in quotes` });

/**
 * Which message of xdomea tells a DMS of which event. `0605` files, `0604` only creates the Vorgang (its documents
 * follow as 0605), `0601` writes another version of a document that the DMS gave an id, `0401` hands over, for a DMS
 * that takes no messages between Fachverfahren and DMS. `keine`: this DMS is not told.
 */
export const xdomeaRules = z.strictObject({
  /** The first application of a case. */
  erstantrag: oneOf(['0605', '0604', '0401']).default('0605'),
  /** Documents handed in later. */
  nachreichung: oneOf(['0605', '0401']).default('0605'),
  /** Corrected documents; 0601 for those that the DMS gave an id when they came, the others follow as 0605. */
  korrektur: oneOf(['0605', '0601', '0401']).default('0605'),
  /** A line in the protocol of the Vorgang, e.g. "Bescheid zugestellt". */
  protokoll: oneOf(['0607', 'keine']).default('0607'),
  /** The end of the case. */
  abschluss: oneOf(['0624', 'keine']).default('0624'),
});
export type XdomeaRules = z.infer<typeof xdomeaRules>;

/** The rules of a blueprint; the defaults where it has none. */
export function xdomeaRulesOf(ablage: { readonly xdomea?: XdomeaRules | undefined }): XdomeaRules {
  return ablage.xdomea ?? xdomeaRules.parse({});
}
