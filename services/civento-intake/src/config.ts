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
    .default(20 * 1024 * 1024)
    .describe('Largest application XML in MiB (20), inline files included.'),
  HUB_INTAKE_MAX_FILE_MIB: mib(16_384)
    .default(2048 * 1024 * 1024)
    .describe('Largest single file in MiB (2048).'),
  HUB_INTAKE_MAX_TOTAL_MIB: mib(65_536)
    .default(4096 * 1024 * 1024)
    .describe('Largest request in MiB (4096).'),
  HUB_INTAKE_MAX_FILES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Most files of one application.'),
  HUB_INTAKE_COMMIT_SECONDS: z.coerce
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('Longest wait for the commit before the sender gets 503.'),
});
export type IntakeConfig = z.infer<typeof intakeSettings>;
