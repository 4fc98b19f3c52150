import type { TargetDirectory, TargetSettings } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';

/** The connection of a target as the directory of today has it. */
export class CurrentTargets implements TargetDirectory {
  constructor(private readonly directory: Directory) {}

  target(tenant: string, target: string): TargetSettings | undefined {
    const targets = this.directory.current().tenant(tenant)?.targets;
    return targets?.find(({ id }) => id === target);
  }
}
