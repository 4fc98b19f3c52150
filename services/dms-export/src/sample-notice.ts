import type { Notice } from './cases/notice.repository.ts';

/** For tests: a Quittung of the sample application. */
export function sampleNotice(changes: Partial<Notice> = {}): Notice {
  return {
    id: 'n-1',
    submissionId: '0198c0de-0000-7000-8000-000000000001',
    tenant: 'musterstadt',
    issuedAt: new Date('2026-08-24T08:00:00Z'),
    documents: [
      {
        ref: '0198c0de-0000-7000-8000-000000000007',
        role: 'Quittung',
        fileName: 'Quittung-2026-00000483-7.pdf',
        title: 'Quittung 2026-00000483-7',
        mediaType: 'application/pdf',
      },
    ],
    ...changes,
  };
}
