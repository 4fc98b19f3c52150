import type { Extraction } from '@ozg-hub/xml';
import type { XdomeaVersion } from './versions.ts';

/** One statement of a DMS about a message or an object. */
export interface Rueckmeldung {
  /**
   * `fine`: 0000000. `business`: the DMS refuses the object (a code that begins with the number of the message).
   * `technical`: a general failure of the exchange. `other`: free text or a list that is not xdomea's.
   */
  readonly kind: 'fine' | 'business' | 'technical' | 'other';
  /** Name of the element, e.g. `AllgemeineRueckmeldung`, `SpezifischeFehlermeldung0605`, `SonstigeFehlermeldung`. */
  readonly list: string;
  /** Absent with free text. */
  readonly code?: string;
  /** What to show: our text for the code, the name the DMS gave, its free text, or the bare code. */
  readonly text: string;
}

export interface RawRueckmeldung {
  readonly list: string;
  readonly code?: string;
  readonly name?: string;
  readonly text: string;
}

export const rueckmeldungExtraction: Extraction = {
  fields: {
    list: { xpath: 'local-name()' },
    code: { xpath: 'code', as: 'trimmed', optional: true },
    name: { xpath: 'name', as: 'trimmed', optional: true },
    text: { xpath: '.', as: 'trimmed' },
  },
};

const FINE = '0000000';

export function rueckmeldungOf(raw: RawRueckmeldung, { codelists }: XdomeaVersion): Rueckmeldung {
  if (raw.code === undefined) return { kind: 'other', list: raw.list, text: raw.text };
  const list =
    raw.list === 'AllgemeineRueckmeldung'
      ? codelists.allgemeineRueckmeldung
      : codelists.spezifischeFehlermeldungen[raw.list.replace('SpezifischeFehlermeldung', '')];
  const text = list?.entries.get(raw.code) ?? (raw.name || raw.code);
  return { kind: kindOf(raw.list, raw.code), list: raw.list, code: raw.code, text };
}

function kindOf(list: string, code: string): Rueckmeldung['kind'] {
  if (list === 'AllgemeineRueckmeldung') return code === FINE ? 'fine' : 'technical';
  return list.startsWith('SpezifischeFehlermeldung') ? 'business' : 'other';
}
