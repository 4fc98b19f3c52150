/**
 * Named places where a fault test may end or stop the process. In production the no-op is injected;
 * libs/runtime arms them only where `HUB_FAILPOINT_DIR` is set.
 */
export interface Failpoints {
  /** May not return, or hours later: an armed failpoint records itself on disk and kills or stops the process. */
  hit(name: string): void;
}

export const noFailpoints: Failpoints = { hit: () => undefined };
