import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { EventContract, HubEvent } from '@ozg-hub/events';
import type { BusContext } from './bus-context.ts';

/** Data of a contract as a handler gets them. */
type DataOf<Contract> = Contract extends { readonly aggregateId: (data: infer Data) => string } ? Data : never;

type EventHandler<Data> = (event: HubEvent<Data>, context: BusContext) => unknown;

/** `@EventPattern` of the contract's topic with event and context as arguments; the compiler checks that they fit. */
export function OnEvent<Contract extends Pick<EventContract, 'topic'>>(contract: Contract) {
  return <Handler extends EventHandler<DataOf<Contract>>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    Payload()(target, name, 0);
    Ctx()(target, name, 1);
    EventPattern<string>(contract.topic)(target, name, descriptor);
  };
}
