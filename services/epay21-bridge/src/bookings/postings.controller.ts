import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Access, Caller, Operation, type Principal, validate, visibleTenants } from '@ozg-hub/runtime';
import { z } from 'zod';
import { OpenPostings } from './open-postings.ts';

const filter = z.object({
  tenant: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
const posting = z.object({
  eventId: z.uuid().describe('to be named in the answer'),
  kind: z.enum(['SETTLED', 'REVERSED']),
  businessDay: z.iso.date(),
  data: z.object({}).loose().describe('as in payment.settled.v1 or payment.reversed.v1'),
});

/** For finance systems without Kafka that do not want to wait for the day's file. */
@Controller('epay21/v1/postings')
export class PostingsController {
  constructor(@Inject(OpenPostings) private readonly postings: OpenPostings) {}

  @Get()
  @Access('book')
  @Operation({
    summary: 'What waits to be posted, oldest first. What was answered by POST /epay21/v1/bookings is gone from here.',
    query: filter,
    answers: z.object({ postings: z.array(posting) }),
  })
  async openPostings(@Query() query: unknown, @Caller() caller: Principal) {
    const { tenant, limit } = validate(filter, query);
    return { postings: await this.postings.list({ tenants: visibleTenants(caller, tenant), limit }) };
  }
}
