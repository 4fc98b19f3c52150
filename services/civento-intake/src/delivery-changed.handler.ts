import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type EventData, type HubEvent, deliveryChanged } from '@ozg-hub/events';
import type { BusContext } from '@ozg-hub/messaging';
import type { DeliveryState } from '@ozg-hub/submission';
import { project } from './progress.repository.ts';

/** Projects what other services say about deliveries. */
@Controller()
export class DeliveryChangedHandler {
  @EventPattern(deliveryChanged.topic)
  async project(
    @Payload() event: HubEvent<EventData<typeof deliveryChanged>>,
    @Ctx() context: BusContext,
  ): Promise<void> {
    const { data } = event;
    await project(context.tx, {
      ...data,
      state: data.state as DeliveryState,
      changedAt: data.at,
      dueAt: data.dueAt ?? null,
      code: data.code ?? null,
      aktenzeichen: data.aktenzeichen ?? null,
    });
  }
}
