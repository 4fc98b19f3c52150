import { z } from 'zod';
import { defineEvent } from './contract.ts';

/** There is something for the citizen, and for the record of his case. */
export const noticeIssued = defineEvent({
  type: 'notice.issued',
  version: 1,
  description:
    'A document for the citizen of a case was made; it lies in the vault. It is filed with the case and goes out by the return channel.',
  retentionDays: 30,
  partitions: 8,
  aggregateId: (data) => data.noticeId,
  orderedBy: (data) => data.vorgang ?? data.submissionId,
  example: {
    noticeId: '01910000-0000-7000-8000-000000000021',
    submissionId: '01910000-0000-7000-8000-000000000002',
    tenant: 'musterstadt',
    leistung: '99999005012000',
    blueprint: 'bewohnerparkausweis-beantragen@1',
    directoryVersion: 'sha256-0000',
    kind: 'QUITTUNG',
    reference: '2600000483-7',
    documents: [
      {
        ref: '01910000-0000-4000-8000-000000000022',
        role: 'Quittung',
        fileName: 'Quittung-2600000483-7.pdf',
        title: 'Quittung 2600000483-7',
        mediaType: 'application/pdf',
        size: 20480,
      },
    ],
    at: '2026-08-21T10:15:31+02:00',
  },
  data: z.object({
    noticeId: z.uuid(),
    submissionId: z.uuid(),
    tenant: z.string(),
    leistung: z.string(),
    blueprint: z.string(),
    directoryVersion: z.string(),
    vorgang: z.string().optional().describe('case id of the source (V.Ident)'),
    kind: z.string().describe('open list: QUITTUNG'),
    reference: z.string().optional().describe('what the notice is about, e.g. a Kassenzeichen'),
    documents: z
      .array(
        z.object({
          ref: z.uuid().describe('object of the vault'),
          role: z.string().describe('open list: Quittung, Bescheid'),
          fileName: z.string(),
          title: z.string(),
          mediaType: z.string(),
          size: z.int().nonnegative(),
        }),
      )
      .min(1),
    at: z.iso.datetime({ offset: true }),
  }),
});
