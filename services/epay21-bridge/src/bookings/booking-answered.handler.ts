import { Controller, Inject } from '@nestjs/common';
import { type EventData, type HubEvent, bookingAccepted, bookingRejected } from '@ozg-hub/events';
import { type BusContext, OnEvent } from '@ozg-hub/messaging';
import { Bookings } from './bookings.ts';

/** Takes what finance systems say on the bus. An answer for another municipality than its payment's is parked. */
@Controller()
export class BookingAnsweredHandler {
  constructor(@Inject(Bookings) private readonly bookings: Bookings) {}

  @OnEvent(bookingAccepted)
  async accepted({ data }: HubEvent<EventData<typeof bookingAccepted>>, context: BusContext): Promise<void> {
    const { tenant, ...answer } = data;
    await this.bookings.takeIn(context.tx, { ...answer, outcome: 'ACCEPTED' }, byBus(tenant));
  }

  @OnEvent(bookingRejected)
  async rejected({ data }: HubEvent<EventData<typeof bookingRejected>>, context: BusContext): Promise<void> {
    const { tenant, ...answer } = data;
    await this.bookings.takeIn(context.tx, { ...answer, outcome: 'REJECTED' }, byBus(tenant));
  }
}

const byBus = (tenant: string) => ({ way: 'bus', actor: 'finance', tenants: new Set([tenant]) }) as const;
