import { type DynamicModule, Module } from '@nestjs/common';
import { DirectoryController } from './directory.controller.ts';
import { HealthController } from './health.controller.ts';
import { HUB_PARTS, type HubParts } from './hub-parts.ts';
import { HubController } from './hub.controller.ts';
import { Doctor } from './doctor.ts';
import { KeysController } from './keys.controller.ts';
import { TrailCheck } from './trail-check.ts';
import { VaultController } from './vault.controller.ts';
import { VaultRotation } from './vault-rotation.ts';

@Module({})
class HubModule {}

/** Health, metrics, OpenAPI, API keys, doctor, trail and vault: what belongs to the host and not to a service. */
export function hubModule(parts: HubParts, rotation: VaultRotation): DynamicModule {
  return {
    module: HubModule,
    controllers: [DirectoryController, HealthController, HubController, KeysController, VaultController],
    providers: [
      { provide: HUB_PARTS, useValue: parts },
      { provide: VaultRotation, useValue: rotation },
      { provide: Doctor, useFactory: () => new Doctor(parts) },
      { provide: TrailCheck, useFactory: () => new TrailCheck(parts) },
    ],
  };
}
