import {
  Controller,
  type DynamicModule,
  Get,
  HttpCode,
  Inject,
  Module,
  Param,
  Post,
  Query,
  type Type,
} from '@nestjs/common';
import { z } from 'zod';
import { Access, Caller, HubWide } from './access-guard.ts';
import { type Principal, actorOf } from './api-keys.ts';
import { Operation } from './operation.ts';
import { page } from './page.ts';
import { ParkedMessages } from './parked-messages.ts';
import { validate } from './validate.ts';

const message = z.object({
  id: z.uuid(),
  type: z.string().optional(),
  topic: z.string(),
  partition: z.int(),
  position: z.string(),
  tenant: z.string().optional(),
  event: z.uuid().optional(),
  code: z.string(),
  detail: z.string().optional(),
  attempts: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  parkedAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().optional(),
});

/** Routes below `/<service>/ops/v1/messages`. A message may concern any municipality, or none. */
class ParkedMessagesController {
  constructor(@Inject(ParkedMessages) readonly messages: ParkedMessages) {}

  @Get('parked')
  @Access('read')
  @Operation({
    summary: 'Messages of the bus that could not be handled, without their contents.',
    query: page,
    answers: z.object({ messages: z.array(message) }),
  })
  async parkedMessages(@Query() query: unknown) {
    return { messages: await this.messages.list(validate(page, query)) };
  }

  @Get('parked/:id')
  @Access('read')
  @Operation({ summary: 'One of them, resolved or not.', answers: message, errors: ['HUB_BUS_PARKED_UNKNOWN'] })
  parkedMessage(@Param('id') id: string) {
    return this.messages.get(validate(z.uuid(), id));
  }

  @Post('parked/:id/retry')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Hands it to its handler again, after the cause was mended.',
    answers: message,
    errors: ['HUB_BUS_PARKED_UNKNOWN', 'HUB_BUS_RETRY_FAILED'],
  })
  retryParkedMessage(@Param('id') id: string, @Caller() caller: Principal) {
    return this.messages.retry(validate(z.uuid(), id), actorOf(caller).actor);
  }
}

@Module({})
class ParkedMessagesModule {}

/** The operator API of a service that consumes. */
export function parkedMessagesModule(service: string, messages: ParkedMessages): DynamicModule {
  return {
    module: ParkedMessagesModule,
    controllers: [controllerOf(service)],
    providers: [{ provide: ParkedMessages, useValue: messages }],
  };
}

function controllerOf(service: string): Type {
  @Controller(`${service}/ops/v1/messages`)
  @HubWide()
  class ServiceParkedMessagesController extends ParkedMessagesController {}
  return ServiceParkedMessagesController;
}
