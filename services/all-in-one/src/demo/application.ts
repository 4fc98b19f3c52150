import { withoutOmitted } from '@ozg-hub/directory';
import type { Anschrift, Fachdatenfeld, Fachdatenobjekt, Person } from '@ozg-hub/submission';
import { displayName } from '@ozg-hub/submission';
import { type ApplicationFile, type ApplicationSpec, samplePdfA } from '@ozg-hub/testing';
import type { Account } from './online-service.ts';

/** An application of the demo, and where it has to arrive. */
export interface DemoApplication {
  readonly title: string;
  readonly spec: ApplicationSpec & { readonly vorgang: string };
  /** All files, the Antragsdokument first. Made anew at each call, always the same. */
  readonly files: () => Promise<readonly ApplicationFile[]>;
  /** Whoever applies signs in before, and the application goes with an identity proof. */
  readonly signsIn?: Account & { readonly who: string };
  readonly arrives: {
    readonly tenant: string;
    /** LeiKa key, 14 digits. */
    readonly leistung: string;
    /** Folder of the DMS below `dms/` of the data directory, as deploy/directory configures it. */
    readonly dms: string;
    /** That DMS is asked for a receipt (0629). */
    readonly receipt: boolean;
    /** That DMS is filled by CMIS and gets no package. */
    readonly byCmis?: boolean;
    /** A fee is asked for, paid and booked. */
    readonly fee?: boolean;
  };
}

/**
 * The filled-in form as civento makes it: a PDF/A of what was entered.
 * @param hidden what the form does not print, as in the directory's `omit`: `Objekt` or `Objekt.Feld`
 */
export async function antragsdokument(title: string, spec: ApplicationSpec, hidden: readonly string[] = []) {
  const printed = withoutOmitted(spec.fachdaten ?? [], hidden);
  const lines = [`Antrag von ${displayName(spec.applicant)}`, ...printed.flatMap((objekt) => describeObjekt(objekt))];
  return {
    part: 'antrag',
    role: 'Antragsdokument',
    fileName: `${title}.pdf`,
    title,
    mediaType: 'application/pdf',
    content: await samplePdfA(title, lines),
  } satisfies ApplicationFile;
}

function describeObjekt({ name, label, fields }: Fachdatenobjekt): string[] {
  return [`— ${label ?? name} —`, ...describeFields(fields)];
}

function describeFields(fields: readonly Fachdatenfeld[]): string[] {
  return fields.flatMap((each) => {
    const label = each.label ?? each.name;
    if (each.type === 'OBJECT') return [`${label}:`, ...describeFields(each.fields)];
    if (each.type === 'LIST') {
      return each.items.flatMap((item, index) => [`${label}, ${index + 1}.:`, ...describeFields(item)]);
    }
    return [`${label}: ${describeValue(each)}`];
  });
}

function describeValue(each: Exclude<Fachdatenfeld, { type: 'OBJECT' | 'LIST' }>): string {
  switch (each.type) {
    case 'BOOLEAN':
      return each.value ? 'ja' : 'nein';
    case 'CHOICE':
      return each.valueLabel ?? each.value;
    case 'ANLAGEN':
      return `${each.value.length} Anlage(n)`;
    case 'PERSONENDATENSATZ':
      return describePerson(each.value);
    case 'ADRESSDATENSATZ':
      return describeAddress(each.value);
    case 'STRING':
    case 'INTEGER':
    case 'DATE':
      return each.value;
  }
}

function describePerson(person: Person): string {
  return [displayName(person), person.anschrift && describeAddress(person.anschrift)].filter(Boolean).join(', ');
}

function describeAddress({ strasse, hausnummer, postleitzahl, ort }: Anschrift): string {
  return [
    [strasse, hausnummer],
    [postleitzahl, ort],
  ]
    .map((line) => line.filter(Boolean).join(' '))
    .join(', ');
}
