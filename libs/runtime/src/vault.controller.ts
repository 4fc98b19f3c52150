import { Controller, Delete, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import type { VaultStatus } from '@ozg-hub/vault';
import { z } from 'zod';
import { Access, HubWide } from './access-guard.ts';
import { HUB_PARTS, type HubParts } from './hub-parts.ts';
import { Operation } from './operation.ts';
import { validate } from './validate.ts';
import { type RotationState, VaultRotation } from './vault-rotation.ts';

const DAY_MS = 86_400_000;

const age = z.object({
  olderThanDays: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .describe('days since their rotation; at least an hour in any case'),
});

/** The keys of the vault. */
@Controller('hub/ops/v1/vault')
@Access('admin')
@HubWide()
export class VaultController {
  constructor(
    @Inject(HUB_PARTS) private readonly parts: HubParts,
    @Inject(VaultRotation) private readonly rotation: VaultRotation,
  ) {}

  @Get()
  @Operation({ summary: 'Master keys, erasures that wait, whether copies become unreadable.' })
  status(): Promise<VaultStatus> {
    return this.parts.platform.vault.status();
  }

  @Post('rotation')
  @HttpCode(202)
  @Operation({
    summary: 'Begins to wrap all keys under a new master key; contents stay as they are.',
    status: 202,
    errors: ['HUB_ROTATION_RUNNING'],
  })
  rotate(): RotationState {
    return this.rotation.begin();
  }

  @Get('rotation')
  @Operation({ summary: 'How far the last rotation of this process is.' })
  progress(): RotationState {
    return this.rotation.state;
  }

  @Delete('retired-keys')
  @Operation({
    summary: 'Drops master keys that earlier rotations retired; backups from before them can no longer be read.',
    query: age,
    errors: ['HUB_VAULT_KEY_IN_USE'],
  })
  async drop(@Query() query: unknown): Promise<{ dropped: readonly string[] }> {
    const { olderThanDays } = validate(age, query);
    return { dropped: await this.parts.platform.vault.dropRetired({ olderThanMs: olderThanDays * DAY_MS }) };
  }
}
