import { Controller, Inject } from '@nestjs/common';
import { type EventData, type HubEvent, submissionAccepted } from '@ozg-hub/events';
import { type BusContext, OnEvent } from '@ozg-hub/messaging';
import { Payments } from './payments.ts';

/** Asks for the fee of an accepted application. */
@Controller()
export class SubmissionAcceptedHandler {
  constructor(@Inject(Payments) private readonly payments: Payments) {}

  @OnEvent(submissionAccepted)
  ask(event: HubEvent<EventData<typeof submissionAccepted>>, context: BusContext): Promise<void> {
    return this.payments.askFor(context.tx, event.data, event.traceparent);
  }
}
