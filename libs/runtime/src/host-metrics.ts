import { statfs } from 'node:fs/promises';
import { type MessagingMetrics, measureMessaging } from '@ozg-hub/messaging';
import type { HubParts } from './hub-parts.ts';

/** Declares what the host measures of its parts; counters of messaging are returned for those who count. */
export function measureHost(parts: Pick<HubParts, 'platform' | 'strategies' | 'relays'>): MessagingMetrics {
  const { metrics, vault, xml, bus, config } = parts.platform;
  metrics.gauge('hub_vault_tree_nodes', 'Nodes of the largest key tree.', [], async (gauge) => {
    gauge.set({}, (await vault.status()).treeNodes);
  });
  metrics.gauge('hub_vault_pending_erasures', 'Erasures that wait for the keyring.', [], async (gauge) => {
    gauge.set({}, (await vault.status()).pendingErasures);
  });
  metrics.gauge('hub_data_free_bytes', 'Room in the file system of the data directory.', [], async (gauge) => {
    const { bavail, bsize } = await statfs(config.HUB_DATA_DIR);
    gauge.set({}, bavail * bsize);
  });
  metrics.gauge('hub_xml_queued_bytes', 'XML that waits for a worker.', [], (gauge) => {
    gauge.set({}, xml.stats().queuedBytes);
  });
  metrics.gauge('hub_xml_workers_busy', 'XML workers at work.', [], (gauge) => gauge.set({}, xml.stats().busy));
  return measureMessaging(metrics, {
    bus: () => bus,
    strategies: () => parts.strategies,
    relays: () => parts.relays,
  });
}
