import type { Art, Fachdatenobjekt, Person, Vertrauensniveau } from '@ozg-hub/submission';

export const arten = ['ERSTANTRAG', 'NACHREICHUNG', 'KORREKTUR'] as const;
export const anlageRoles = ['Antragsdokument', 'Anlage'] as const;
export const paymentStates = ['OFFEN', 'BEZAHLT', 'ABGEBROCHEN', 'FEHLGESCHLAGEN'] as const;

/** A file the application announces. */
export interface Anlage {
  /** Name of the multipart part that carries it; unique in the application. */
  readonly part: string;
  readonly role: (typeof anlageRoles)[number];
  readonly title?: string;
  /** As sent, NFC. */
  readonly fileName: string;
  /** As claimed by the sender. */
  readonly mediaType?: string;
  /** Bytes, as claimed; to be compared with what arrives. */
  readonly size?: number;
  /** Lower-case hex, as claimed; to be compared with what arrives. */
  readonly sha256?: string;
  /** The content, where the application itself carries it. */
  readonly inline?: Buffer;
}

/** An application as its sender states it, whatever its format: nothing is resolved against the directory yet. */
export interface Application {
  readonly organisationseinheit: string;
  readonly prozessschluessel: string;
  /** LeiKa key as written; see normaliseLeikaKey of libs/submission. */
  readonly leika?: string;
  /** V.Ident. */
  readonly vorgang?: string;
  readonly art: Art;
  readonly laufendeNummer: number;
  readonly hauptvorgang?: string;
  /** ISO 8601 with offset. */
  readonly submittedAt?: string;
  readonly applicant: Person;
  readonly fachdaten: readonly Fachdatenobjekt[];
  readonly anlagen: readonly Anlage[];
  readonly identity?: ApplicationIdentity;
  readonly replyChannel?: { readonly kind: string; readonly address?: string };
  readonly payment?: ApplicationPayment;
}

export interface ApplicationIdentity {
  readonly source: string;
  readonly vertrauensniveau?: Vertrauensniveau;
  readonly attributes: Readonly<Record<string, string>>;
  /** As the profile's rule `identity.proof` finds it: an identity proof of the hub, or one in a form of the source's own. */
  readonly proof?: string;
}

export interface ApplicationPayment {
  readonly reference: string;
  /** Cents. */
  readonly amount: number;
  readonly currency: 'EUR';
  readonly state: (typeof paymentStates)[number];
}
