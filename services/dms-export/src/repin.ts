import type { Delivery, Repinned } from '@ozg-hub/delivery';
import { type Directory, type Meaning, type Snapshot, diffMeaning } from '@ozg-hub/directory';

/** The reference that a delivery would get from the directory of today, and what differs. */
export async function repin(directory: Directory, { reference, tenant }: Delivery): Promise<Repinned> {
  const blueprint = reference['blueprint']!;
  const current = directory.current();
  const pinned = await directory.at(reference['directoryVersion']!);
  const newest = newestVersion(current, tenant, blueprint);
  const meaning = (snapshot: Snapshot, ref: string): Meaning => ({
    ...snapshot.offer(ref, tenant),
    tenant: { slug: tenant },
  });
  const differences = diffMeaning(meaning(pinned, blueprint), meaning(current, newest));
  return {
    reference: { ...reference, blueprint: newest, directoryVersion: current.version },
    differences: differences.map(({ path }) => ({ path })),
  };
}

/** The version of the blueprint that the municipality uses today. */
function newestVersion(snapshot: Snapshot, tenant: string, ref: string): string {
  const id = ref.split('@', 1)[0]!;
  const used = snapshot.tenant(tenant)?.leistungen.find(({ use }) => use.startsWith(`${id}@`));
  return used?.use ?? ref;
}
