import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { Access } from './access-guard.ts';
import { Doctor, type DoctorReport } from './doctor.ts';
import { HUB_PARTS, type HubParts } from './hub-parts.ts';
import { Operation } from './operation.ts';
import { TrailCheck, type TrailVerification } from './trail-check.ts';

/** What an operator asks of the hub as a whole. */
@Controller('hub/ops/v1')
export class HubController {
  constructor(
    @Inject(HUB_PARTS) private readonly parts: HubParts,
    @Inject(Doctor) private readonly doctor: Doctor,
    @Inject(TrailCheck) private readonly trail: TrailCheck,
  ) {}

  @Get('doctor')
  @Access('read')
  @Operation({ summary: 'What is configured, reachable, behind and overdue.' })
  examine(): Promise<DoctorReport> {
    return this.doctor.examine();
  }

  @Get('trail/verification')
  @Access('read')
  @Operation({ summary: "Checks the chains and checkpoints of every service's trail." })
  verifyTrail(): Promise<TrailVerification> {
    return this.trail.verify();
  }

  @Post('vault/rotation')
  @HttpCode(200)
  @Access('admin')
  @Operation({ summary: 'Makes a new master key and wraps all keys anew; contents stay as they are.' })
  rotate(): Promise<object> {
    return this.parts.platform.vault.rotate();
  }
}
