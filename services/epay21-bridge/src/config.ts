import { z } from 'zod';

/** Settings of the bridge. */
export const epayBridgeSettings = z.object({
  HUB_EPAY_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://hub.example' })
    .default('http://127.0.0.1:8080')
    .describe('Address under which browsers of citizens reach /epay21/v1/return.'),
  HUB_EPAY_CALLS_PER_SECOND: z.coerce
    .number()
    .min(0.1)
    .max(1000)
    .default(10)
    .describe('Calls per second to one payment service, of all municipalities together, when looking after payments.'),
  HUB_EPAY_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('Calls at a time to one payment service when looking after payments.'),
  HUB_EPAY_PLACE_SECONDS: z.coerce
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('Longest wait for the pay page when a payment is asked for; afterwards the caller gets 202.'),
  HUB_EPAY_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .max(3650)
    .default(400)
    .describe('Days for which answers of payment services to payments without an application are kept; payments stay.'),
});
export type EpayBridgeConfig = z.infer<typeof epayBridgeSettings>;
