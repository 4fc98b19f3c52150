import { Controller, Inject } from '@nestjs/common';
import { type EventData, type HubEvent, deliveryChanged } from '@ozg-hub/events';
import { type BusContext, OnEvent } from '@ozg-hub/messaging';
import { ProgressProjection } from './progress-projection.ts';

/** Hears what other services say about deliveries. */
@Controller()
export class DeliveryChangedHandler {
  constructor(@Inject(ProgressProjection) private readonly projection: ProgressProjection) {}

  @OnEvent(deliveryChanged)
  apply(event: HubEvent<EventData<typeof deliveryChanged>>, context: BusContext): Promise<void> {
    return this.projection.apply(context.tx, event);
  }
}
