import { newSpan } from '@ozg-hub/core';
import type { DeliveryWork, Json } from '@ozg-hub/delivery';
import type { CaseEvent } from './cases/case.ts';

export interface SampleWorkOptions {
  readonly fence?: number;
  readonly event?: CaseEvent;
  /** Name of the step before which the process dies. */
  readonly dieBefore?: string | undefined;
  /** Name of the step after which it dies, before its result is stored. */
  readonly dieAfter?: string | undefined;
  /** Between two steps, before the step of that name. */
  readonly meanwhile?: (step: string) => Promise<void> | void;
  /** Whether the process slept so long that another has taken over. */
  readonly isFenced?: () => boolean;
}

/** For tests: an exchange whose steps are kept as the engine keeps them, each run once, its result as JSON. */
export class SampleExchange {
  readonly steps = new Map<string, Json>();

  constructor(readonly id = '0198c0de-1111-7000-8000-000000000001') {}

  work({ fence = 1, event, dieBefore, dieAfter, meanwhile, isFenced }: SampleWorkOptions = {}): DeliveryWork {
    const { id, steps } = this;
    return {
      delivery: {
        tenant: 'musterstadt',
        target: 'eakte',
        fence,
        reference: {
          envelopeRef: 'e',
          blueprint: 'hund-anmelden@2',
          directoryVersion: 'v',
          ...(event && { event }),
          ...(event === 'mitteilung' && { noticeId: 'n-1' }),
        },
      } as unknown as DeliveryWork['delivery'],
      exchange: { id, number: 1 },
      settings: { kind: 'sample' },
      step: async (name, run) => {
        if (!steps.has(name)) {
          await meanwhile?.(name);
          if (name === dieBefore) throw new Error(`died before ${name}`);
          const result = await run();
          if (name === dieAfter) throw new Error(`died after ${name}`);
          steps.set(name, JSON.parse(JSON.stringify(result)) as Json);
        }
        return steps.get(name) as never;
      },
      stored: (name) => steps.get(name) as never,
      signal: new AbortController().signal,
      failpoints: { hit: () => undefined },
      trace: newSpan(),
      requireLease: () => {
        if (isFenced?.()) throw new Error('fenced');
      },
    };
  }
}
