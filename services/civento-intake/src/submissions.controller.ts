import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Access, Caller, Operation, type Principal, validate } from '@ozg-hub/runtime';
import { z } from 'zod';
import { type ErasureOutcome, Erasures } from './erasure.ts';
import { type SubmissionStatus, SubmissionStatuses } from './submission-status.ts';

const search = z.object({ q: z.string().min(1).max(200).describe('submission id or Vorgang') });

/** What operators ask of the intake. */
@Controller('civento-intake/ops/v1/submissions')
export class SubmissionsController {
  constructor(
    @Inject(SubmissionStatuses) private readonly statuses: SubmissionStatuses,
    @Inject(Erasures) private readonly erasures: Erasures,
  ) {}

  @Get()
  @Access('read')
  @Operation({ summary: 'Finds submissions by id or Vorgang.', query: search })
  async find(@Query() query: unknown, @Caller() caller: Principal): Promise<{ submissions: SubmissionStatus[] }> {
    return { submissions: await this.statuses.find(validate(search, query).q, caller.tenants) };
  }

  @Post(':id/erasure')
  @HttpCode(200)
  @Access('admin')
  @Operation({
    summary: 'Erases the contents of a completed or cancelled submission, also in copies of the data taken before.',
    errors: ['HUB_SUBMISSION_UNKNOWN', 'HUB_SUBMISSION_NOT_TERMINAL'],
  })
  erase(@Param('id') id: string, @Caller() caller: Principal): Promise<ErasureOutcome> {
    return this.erasures.erase(id, `key:${caller.keyId}`, caller.tenants);
  }
}
