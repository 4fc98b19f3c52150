/**
 * Named places where a fault test may end the process. In production the no-op is injected;
 * libs/runtime arms them only where `HUB_FAILPOINT_DIR` is set.
 */
export interface Failpoints {
  /** May not return: an armed failpoint records itself on disk and kills the process. */
  hit(name: string): void;
}

export const noFailpoints: Failpoints = { hit: () => undefined };
