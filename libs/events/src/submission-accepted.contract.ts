import { z } from 'zod';
import { defineEvent } from './contract.ts';

/** An application was accepted and answered 2xx. References and business keys only. */
export const submissionAccepted = defineEvent({
  type: 'submission.accepted',
  version: 1,
  description: 'An application was accepted: the envelope and its documents lie in the vault.',
  retentionDays: 14,
  partitions: 8,
  aggregateId: (data) => data.submissionId,
  // What supplements or corrects a case never overtakes it.
  orderedBy: (data) => data.hauptvorgang ?? data.vorgang ?? data.submissionId,
  example: {
    submissionId: '01910000-0000-7000-8000-000000000002',
    tenant: 'musterstadt',
    leistung: '99999002101000',
    blueprint: 'hund-anmelden@2',
    directoryVersion: 'sha256-0000000000000000000000000000000000000000000000000000000000000000',
    source: 'civento',
    vorgang: 'MUS-2026-000483',
    art: 'ERSTANTRAG',
    envelopeRef: '01910000-0000-4000-8000-000000000003',
    documents: [
      {
        ref: '01910000-0000-4000-8000-000000000004',
        role: 'Antragsdokument',
        mediaType: 'application/pdf',
        size: 48_211,
      },
    ],
    acceptedAt: '2026-08-21T10:15:28+02:00',
  },
  data: z.object({
    submissionId: z.uuid(),
    tenant: z.string(),
    leistung: z.string().describe('LeiKa key, 14 digits'),
    blueprint: z.string().describe('blueprint@version'),
    directoryVersion: z.string(),
    source: z.string(),
    vorgang: z.string().optional().describe('case id of the source (V.Ident)'),
    hauptvorgang: z.string().optional().describe('case that this one supplements or corrects'),
    art: z.enum(['ERSTANTRAG', 'NACHREICHUNG', 'KORREKTUR']).optional(),
    envelopeRef: z.uuid(),
    documents: z.array(
      z.object({ ref: z.uuid(), role: z.string(), mediaType: z.string(), size: z.number().int().nonnegative() }),
    ),
    acceptedAt: z.iso.datetime({ offset: true }),
  }),
});
