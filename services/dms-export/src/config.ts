import { z } from 'zod';

/** Settings of the export. */
export const dmsExportSettings = z.object({
  HUB_DMS_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Packages written at a time by this process.'),
  HUB_DMS_REPLY_POLL_MS: z.coerce
    .number()
    .int()
    .min(50)
    .max(60_000)
    .default(500)
    .describe('Milliseconds between two looks into reply directories.'),
  HUB_DMS_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(400)
    .describe(
      'Days for which deliveries that came to an end and replies that were taken (`done/`) are kept; the trail stays.',
    ),
  HUB_DMS_LEASE_SECONDS: z.coerce
    .number()
    .int()
    .min(5)
    .max(600)
    .default(60)
    .describe('Silence of a process after which another takes up its deliveries.'),
});
export type DmsExportConfig = z.infer<typeof dmsExportSettings>;
