import type { Delivery, Repinned } from '@ozg-hub/delivery';
import { type Directory, type Meaning, type Snapshot, diffMeaning } from '@ozg-hub/directory';

/**
 * The reference that a delivery would get from the directory of today, and what differs.
 * @throws HUB_DIRECTORY_LEISTUNG_NOT_OFFERED where the municipality no longer uses the blueprint in any version
 */
export async function repin(directory: Directory, { reference, tenant }: Delivery): Promise<Repinned> {
  const blueprint = reference['blueprint']!;
  const current = directory.current();
  const pinned = await directory.at(reference['directoryVersion']!);
  const newest = current.usedVersion(blueprint.slice(0, blueprint.indexOf('@')), tenant) ?? blueprint;
  const meaning = (snapshot: Snapshot, ref: string): Meaning => {
    const offer = snapshot.offer(ref, tenant);
    return { blueprint: offer.blueprint, targets: offer.targets, tenant: { slug: tenant } };
  };
  const differences = diffMeaning(meaning(pinned, blueprint), meaning(current, newest));
  return {
    reference: { ...reference, blueprint: newest, directoryVersion: current.version },
    differences: differences.map(({ path }) => ({ path })),
  };
}
