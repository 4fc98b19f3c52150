import { Controller, Get, Inject } from '@nestjs/common';
import { Access, HubWide } from './access-guard.ts';
import { Doctor, type DoctorReport } from './doctor.ts';
import { Operation } from './operation.ts';
import { TrailCheck, type TrailVerification } from './trail-check.ts';

/** What an operator asks of the hub as a whole. */
@Controller('hub/ops/v1')
@HubWide()
export class HubController {
  constructor(
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
}
