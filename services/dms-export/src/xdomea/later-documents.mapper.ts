import type { Dokument } from '@ozg-hub/xdomea';
import { caseErrors } from '../cases/errors.ts';
import { FACHDATEN_REF, type FilingPlan } from '../cases/case.ts';
import type { FiledApplication } from '../filed-application.ts';
import { dokumentOf, fachdatenDokument, filesOf } from './dokument.mapper.ts';
import { auftragOf, kopfOf } from './kopf.mapper.ts';
import { type FilingContext, type FilingRecord, contentOf } from './record.mapper.ts';

/**
 * Documents of a submission or a notice, each an object of its own: into the Vorgang (0605), as another version of a document that
 * the DMS has (0601), or handed over (0401, with the case id of the source as fremdes Geschaeftszeichen). Several are a
 * batch, numbered as planned.
 */
export function toLaterDocuments(envelope: FiledApplication, plan: FilingPlan, context: FilingContext): FilingRecord {
  const { xml, dokumentContext } = contentOf(envelope, context);
  const planned = plan.documents ?? [];
  const refs = new Set(planned.map(({ ref }) => ref));
  const documents = envelope.documents.filter(({ ref }) => refs.has(ref));
  const files = filesOf(documents, refs.has(FACHDATEN_REF) ? xml : undefined, dokumentContext);
  const dokument = (ref: string): Dokument => {
    const document = documents.find((each) => each.ref === ref);
    return document ? dokumentOf(document, dokumentContext) : fachdatenDokument(dokumentContext);
  };
  const source = envelope.hauptvorgang ?? envelope.vorgang ?? envelope.submissionId;
  switch (plan.nachricht) {
    case '0601': {
      const objekte = planned.map(({ ref, idDokument }) => ({ idDokument: idDokument!, dokument: dokument(ref) }));
      return { message: { ...auftragOf(context), nachricht: '0601', objekte }, files };
    }
    case '0605': {
      if (plan.vorgang === undefined) throw caseErrors.HUB_DMS_CASE_UNKNOWN();
      const idContainer = plan.vorgang;
      const objekte = planned.map(({ ref }) => ({
        fachverfahrenObjektId: `${source}/${ref}`,
        idContainer,
        dokument: dokument(ref),
      }));
      return { message: { ...auftragOf(context), nachricht: '0605', objekte }, files };
    }
    default: {
      const objekte = planned.map(({ ref }) => ({
        dokument: { ...dokument(ref), fremdesGeschaeftszeichen: source },
      }));
      const { receiptWanted } = context.settings;
      return { message: { ...kopfOf(context), nachricht: '0401', receiptWanted, objekte }, files };
    }
  }
}
