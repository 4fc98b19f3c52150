import { z } from 'zod';
import type { EventContract } from './contract.ts';
import { contracts as released } from './contracts.ts';

/**
 * The JSON Schema (2020-12) of the data of every event, by file name: `submission.accepted.v1.schema.json`.
 * Written for consumers, so fields that a later release adds are allowed; producers validate strictly.
 */
export function eventSchemas(contracts: readonly EventContract[] = released): Readonly<Record<string, string>> {
  return Object.fromEntries(
    contracts.map((contract) => {
      const { $schema, ...schema } = z.toJSONSchema(contract.data, { target: 'draft-2020-12', io: 'input' });
      const document = {
        $schema,
        $id: `urn:ozg-hub:event:${contract.topic}`,
        title: contract.topic,
        description: contract.description,
        ...schema,
      };
      return [`${contract.topic}.schema.json`, `${JSON.stringify(document, null, 2)}\n`];
    }),
  );
}
