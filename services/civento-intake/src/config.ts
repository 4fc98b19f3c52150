import { z } from 'zod';

const mib = (most: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .transform((size) => size * 1024 * 1024);

/** Settings of the intake. Sizes are given in MiB and come out in bytes. */
export const intakeSettings = z.object({
  HUB_INTAKE_MAX_APPLICATION_MIB: mib(100)
    .prefault(20)
    .describe('Largest application XML in MiB, inline files included.'),
  HUB_INTAKE_MAX_FILE_MIB: mib(16_384).prefault(2048).describe('Largest single file in MiB.'),
  HUB_INTAKE_MAX_TOTAL_MIB: mib(65_536).prefault(4096).describe('Largest request in MiB.'),
  HUB_INTAKE_MAX_FILES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Most files of one application.'),
  HUB_INTAKE_MEMORY_MIB: mib(16_384)
    .prefault(256)
    .describe('Most memory in MiB for applications being received; above it senders get 503.'),
  HUB_INTAKE_REQUEST_MINUTES: z.coerce
    .number()
    .positive()
    .max(24 * 60)
    .default(60)
    .describe('Longest time for receiving one application; then its sender gets 408.'),
  HUB_INTAKE_COMMIT_SECONDS: z.coerce
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('Longest wait for the commit before the sender gets 503.'),
});
export type IntakeConfig = z.infer<typeof intakeSettings>;
