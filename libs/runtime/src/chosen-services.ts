import type { EventContract } from '@ozg-hub/events';
import { runtimeErrors } from './errors.ts';
import type { ServiceDefinition } from './service-definition.ts';

/** Those that `HUB_SERVICES` names; unset: all. @throws HUB_CONFIG_INVALID */
export function chooseServices(
  definitions: readonly ServiceDefinition[],
  names: string[] | undefined,
): readonly ServiceDefinition[] {
  if (!names) return definitions;
  const unknown = names.filter((name) => !definitions.some((definition) => definition.name === name));
  if (unknown.length > 0) {
    const offered = definitions.map(({ name }) => name).join(', ');
    throw runtimeErrors.HUB_CONFIG_INVALID({
      detail: `HUB_SERVICES names services that do not exist; there are ${offered}.`,
    });
  }
  return definitions.filter(({ name }) => names.includes(name));
}

/** What the services read and write on the bus, each topic once. */
export function topicsOf(services: readonly ServiceDefinition[]): readonly EventContract[] {
  const contracts = services.flatMap(({ consumes, publishes }) => [...consumes, ...publishes]);
  return [...new Map(contracts.map((contract) => [contract.topic, contract])).values()];
}
