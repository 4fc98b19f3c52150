import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, type Type } from '@nestjs/common';
import { DeliveryOperations } from '@ozg-hub/delivery';
import { z } from 'zod';
import { Access, Caller } from './access-guard.ts';
import { type Principal, actorOf } from './api-keys.ts';
import { deliveryFilter, reason, visibleTo } from './delivery-filter.ts';
import { Operation } from './operation.ts';
import { page } from './page.ts';
import { validate } from './validate.ts';

const listing = deliveryFilter.extend(page.shape);
const replay = z.object({ reason: reason.optional(), directory: z.enum(['pinned', 'current']).optional() });
const withReason = z.object({ reason });
const settlement = withReason.extend({
  aktenzeichen: z.string().max(200).optional(),
  objectId: z.string().max(200).optional(),
});

/** Routes below `/<service>/ops/v1`; {@link deliveriesController} gives them their service. */
class DeliveriesController {
  constructor(@Inject(DeliveryOperations) readonly operations: DeliveryOperations) {}

  @Get('deliveries')
  @Access('read')
  @Operation({ summary: 'Deliveries, newest first.', query: listing })
  async list(@Query() query: unknown, @Caller() caller: Principal) {
    const { after, limit, ...given } = validate(listing, query);
    return { deliveries: await this.operations.list(visibleTo(caller, given), { after, limit }) };
  }

  @Get('deliveries/groups')
  @Access('read')
  @Operation({ summary: 'Deliveries that need a person, grouped by the cause.' })
  async groups(@Caller() caller: Principal) {
    return { groups: await this.operations.groups(actorOf(caller).tenants) };
  }

  @Get('deliveries/:id')
  @Access('read')
  @Operation({
    summary: 'One delivery with its exchanges, steps, replies and attempts.',
    errors: ['HUB_DELIVERY_UNKNOWN'],
  })
  get(@Param('id') id: string, @Caller() caller: Principal) {
    return this.operations.get(validate(z.uuid(), id), actorOf(caller).tenants);
  }

  @Post('deliveries/:id/replay')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Tries again.',
    body: replay,
    errors: ['HUB_ALREADY_EFFECTIVE', 'HUB_DELIVERY_REASON_REQUIRED', 'HUB_DELIVERY_TRANSITION'],
  })
  replay(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.operations.replay(validate(z.uuid(), id), { ...actorOf(caller), ...validate(replay, body) });
  }

  @Post('deliveries/:id/send-again')
  @Access('operate')
  @Operation({ summary: 'Sends once more what took effect, as a new delivery.', body: withReason, status: 201 })
  sendAgain(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.operations.sendAgain(validate(z.uuid(), id), { ...actorOf(caller), ...validate(withReason, body) });
  }

  @Post('deliveries/:id/cancel')
  @HttpCode(200)
  @Access('operate')
  @Operation({ summary: 'Sends nothing more.', body: withReason })
  cancel(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.operations.cancel(validate(z.uuid(), id), { ...actorOf(caller), ...validate(withReason, body) });
  }

  @Post('deliveries/:id/settle')
  @HttpCode(200)
  @Access('operate')
  @Operation({ summary: 'A person vouches that the target has it.', body: settlement })
  settle(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    const { aktenzeichen, objectId, reason: why } = validate(settlement, body);
    const given = { ...(aktenzeichen ? { aktenzeichen } : {}), ...(objectId ? { objectId } : {}) };
    return this.operations.settle(validate(z.uuid(), id), { ...actorOf(caller), reason: why, ...given });
  }

  @Get('targets')
  @Access('read')
  @Operation({ summary: 'Targets that got something: paused, breaker, since when.' })
  async targets(@Caller() caller: Principal) {
    return { targets: await this.operations.targets(actorOf(caller).tenants) };
  }

  @Post('targets/:tenant/:target/pause')
  @HttpCode(200)
  @Access('operate')
  @Operation({ summary: 'Sends nothing to the target until it is resumed.', body: withReason })
  pause(
    @Param('tenant') tenant: string,
    @Param('target') target: string,
    @Body() body: unknown,
    @Caller() caller: Principal,
  ) {
    return this.operations.pauseTarget({ tenant, target }, { ...actorOf(caller), ...validate(withReason, body) });
  }

  @Post('targets/:tenant/:target/resume')
  @HttpCode(200)
  @Access('operate')
  @Operation({ summary: 'Sends to the target again.' })
  resume(@Param('tenant') tenant: string, @Param('target') target: string, @Caller() caller: Principal) {
    return this.operations.resumeTarget({ tenant, target }, actorOf(caller));
  }
}

/**
 * The operator API of a service that sends: `/<service>/ops/v1/deliveries` and `/targets`. The service provides
 * {@link DeliveryOperations}.
 */
export function deliveriesController(service: string): Type {
  @Controller(`${service}/ops/v1`)
  class ServiceDeliveriesController extends DeliveriesController {}
  return ServiceDeliveriesController;
}
