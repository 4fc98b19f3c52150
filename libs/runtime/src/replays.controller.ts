import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, type Type } from '@nestjs/common';
import { ReplayBatches, mostInBatch, mostOpenBatches, replayBatchStates, replayRate } from '@ozg-hub/delivery';
import { z } from 'zod';
import { Access, Caller } from './access-guard.ts';
import { type Principal, actorOf } from './api-keys.ts';
import { deliveryFilter, reason, visibleTo } from './delivery-filter.ts';
import { Operation } from './operation.ts';
import { page } from './page.ts';
import { validate } from './validate.ts';

const rate = z
  .number()
  .min(replayRate.least)
  .max(replayRate.most)
  .describe(`deliveries per second, at most; ${replayRate.usual} by default`);
const beginning = z.object({
  filter: deliveryFilter.default({}).describe('without state: RETRY_WAIT, PARKED and REJECTED'),
  reason,
  rate: rate.optional(),
});
const step = z.object({ reason: reason.optional() });
const resumption = step.extend({ rate: rate.optional() });
const kind = z.object({
  state: z
    .string()
    .transform((state) => state.toUpperCase())
    .pipe(z.enum(replayBatchStates))
    .optional(),
});

const count = z.int().min(0);
const progress = z.object({ total: count, done: count, refused: count, remaining: count });
const replay = progress.extend({
  id: z.uuid(),
  state: z.enum(replayBatchStates),
  filter: z.object({}).loose(),
  reason: z.string(),
  actor: z.string(),
  rate: z.number(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
});
const details = replay.extend({
  targets: z.array(progress.extend({ tenant: z.string(), target: z.string() })),
  refusals: z.array(z.object({ code: z.string(), count })),
});
const refused = z.object({ deliveryId: z.uuid(), tenant: z.string(), target: z.string(), code: z.string() });

/** Routes below `/<service>/ops/v1`; {@link replaysController} gives them their service. */
class ReplaysController {
  constructor(@Inject(ReplayBatches) readonly replays: ReplayBatches) {}

  @Post('replays')
  @HttpCode(202)
  @Access('operate')
  @Operation({
    summary: `Replays all that match now, ${mostInBatch} at most; ${mostOpenBatches} such replays may be open at a time.`,
    body: beginning,
    answers: details,
    status: 202,
    errors: ['HUB_REPLAY_TOO_LARGE', 'HUB_REPLAY_TOO_MANY'],
  })
  beginReplay(@Body() body: unknown, @Caller() caller: Principal) {
    const { filter, ...rest } = validate(beginning, body);
    return this.replays.begin(visibleTo(caller, filter), { ...actorOf(caller), ...rest });
  }

  @Get('replays')
  @Access('read')
  @Operation({
    summary: 'Replays of many, newest first, 100 at most.',
    query: kind,
    answers: z.object({ replays: z.array(replay) }),
  })
  async listReplays(@Query() query: unknown, @Caller() caller: Principal) {
    return { replays: await this.replays.list(actorOf(caller).tenants, validate(kind, query).state) };
  }

  @Get('replays/:id')
  @Access('read')
  @Operation({
    summary: 'How far a replay of many is, by target, and why deliveries were left alone.',
    answers: details,
    errors: ['HUB_REPLAY_UNKNOWN'],
  })
  showReplay(@Param('id') id: string, @Caller() caller: Principal) {
    return this.replays.get(validate(z.uuid(), id), actorOf(caller).tenants);
  }

  @Get('replays/:id/refused')
  @Access('read')
  @Operation({
    summary: 'Deliveries that a replay of many left alone, by id.',
    query: page,
    answers: z.object({ refused: z.array(refused) }),
    errors: ['HUB_REPLAY_UNKNOWN'],
  })
  async listRefused(@Param('id') id: string, @Query() query: unknown, @Caller() caller: Principal) {
    const { tenants } = actorOf(caller);
    return { refused: await this.replays.refused(validate(z.uuid(), id), validate(page, query), tenants) };
  }

  @Post('replays/:id/pause')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Queues nothing more until it is resumed; what is queued already is sent.',
    body: step,
    answers: details,
    errors: ['HUB_REPLAY_UNKNOWN', 'HUB_REPLAY_ENDED'],
  })
  pauseReplay(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.replays.pause(validate(z.uuid(), id), { ...actorOf(caller), ...validate(step, body) });
  }

  @Post('replays/:id/resume')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Goes on, also at another rate.',
    body: resumption,
    answers: details,
    errors: ['HUB_REPLAY_UNKNOWN', 'HUB_REPLAY_ENDED'],
  })
  resumeReplay(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.replays.resume(validate(z.uuid(), id), { ...actorOf(caller), ...validate(resumption, body) });
  }

  @Post('replays/:id/cancel')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Leaves what it has not come to as it is, for good.',
    body: step,
    answers: details,
    errors: ['HUB_REPLAY_UNKNOWN', 'HUB_REPLAY_ENDED'],
  })
  cancelReplay(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.replays.cancel(validate(z.uuid(), id), { ...actorOf(caller), ...validate(step, body) });
  }
}

/** Replays of many deliveries of a service that sends: `/<service>/ops/v1/replays`. The service provides {@link ReplayBatches}. */
export function replaysController(service: string): Type {
  @Controller(`${service}/ops/v1`)
  class ServiceReplaysController extends ReplaysController {}
  return ServiceReplaysController;
}
