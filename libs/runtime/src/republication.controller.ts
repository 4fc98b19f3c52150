import {
  Body,
  Controller,
  type DynamicModule,
  Get,
  HttpCode,
  Inject,
  Module,
  Post,
  Query,
  type Type,
} from '@nestjs/common';
import { z } from 'zod';
import { Access, Caller, HubWide } from './access-guard.ts';
import { type Principal, actorOf } from './api-keys.ts';
import { reason } from './delivery-filter.ts';
import { Operation } from './operation.ts';
import { Republication } from './republication.ts';
import { validate } from './validate.ts';

const count = z.int().min(0);
const beginning = z.object({
  since: z.iso.datetime({ offset: true }).describe('well before the brokers lost anything'),
  reason,
});
const republished = z.object({ events: count, through: count.describe('place of the last of them in the outbox') });
const place = z.object({
  through: z.coerce.number().int().min(0).optional().describe('only those up to this place in the outbox'),
});

/** Routes below `/<service>/ops/v1/messages`. */
class RepublicationController {
  constructor(@Inject(Republication) readonly republication: Republication) {}

  @Post('republish')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Publishes again what was published since a time, for brokers that lost what they had acknowledged.',
    description:
      'Ask twice, the second time when nothing waits any more up to the place that the first answer names: consumers that have ' +
      'not noticed the loss pass over as many messages as were lost. Consumers drop what they know.',
    body: beginning,
    answers: republished,
    errors: ['HUB_BUS_OUTBOX_PRUNED'],
  })
  republish(@Body() body: unknown, @Caller() caller: Principal) {
    const { since, reason: why } = validate(beginning, body);
    return this.republication.begin({ since: new Date(since), reason: why, actor: actorOf(caller).actor });
  }

  @Get('unpublished')
  @Access('read')
  @Operation({
    summary: 'How many events wait to be published.',
    query: place,
    answers: z.object({ events: count }),
  })
  async unpublished(@Query() query: unknown) {
    return { events: await this.republication.waiting(validate(place, query).through) };
  }
}

@Module({})
class RepublicationModule {}

/** The operator API of a service that publishes. */
export function republicationModule(service: string, republication: Republication): DynamicModule {
  return {
    module: RepublicationModule,
    controllers: [controllerOf(service)],
    providers: [{ provide: Republication, useValue: republication }],
  };
}

function controllerOf(service: string): Type {
  @Controller(`${service}/ops/v1/messages`)
  @HubWide()
  class ServiceRepublicationController extends RepublicationController {}
  return ServiceRepublicationController;
}
