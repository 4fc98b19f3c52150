import type { Akte, Dokument, Kopf, Vorgang } from './model.ts';

/** Head of a message to the DMS, of the group Fachverfahrensdaten. */
export interface Auftrag extends Kopf {
  /** True asks for a 0629 (a 0403 after a 0401); a 0630 (0402) always comes. */
  readonly receiptWanted: boolean;
  /** Erstellerkennung; default: the sending system's product name. */
  readonly creator?: string;
  /** Default: a batch where there is more than one object. A batch of one is allowed. */
  readonly stapel?: boolean;
}

/** An object of a batch. */
export interface ImStapel {
  /** By this number the result is told apart; default: the position in the batch, from 1. */
  readonly nummerImStapel?: number;
}

export type Schriftgutobjekt =
  | { readonly akte: Akte; readonly vorgang?: undefined; readonly dokument?: undefined }
  | { readonly vorgang: Vorgang; readonly akte?: undefined; readonly dokument?: undefined }
  | { readonly dokument: Dokument; readonly akte?: undefined; readonly vorgang?: undefined };

/** A new object for the DMS; a Dokument belongs into a container that the DMS has. */
type NeuesObjekt = ImStapel & {
  readonly fachverfahrenObjektId: string;
} & (
    | (Exclude<Schriftgutobjekt, { dokument: Dokument }> & { readonly idContainer?: string })
    | (Extract<Schriftgutobjekt, { dokument: Dokument }> & { readonly idContainer: string })
  );

/** Object of a 0605. */
export type AblageObjekt = NeuesObjekt & {
  /** Where the primary files are; default `.`, which is right for a package. */
  readonly ablageort?: string;
};

/** Object of a 0604. */
export type ErstellObjekt = NeuesObjekt & {
  /** Opens the new object in the DMS; `client` says where. */
  readonly oeffnen?: boolean;
  readonly client?: string;
};

/** Object of a 0601: another version of a document that the DMS has. */
export interface DokumentZumAktualisieren extends ImStapel {
  /** The document's id in the DMS. */
  readonly idDokument: string;
  readonly ablageort?: string;
  /** False replaces the version that is there; default true. */
  readonly neueVersion?: boolean;
  readonly dokument: Dokument;
}

/** Object of a 0607: a line in the protocol of an object of the DMS. */
export interface Protokolleintrag extends ImStapel {
  readonly idSgo: string;
  /** Who did it: a person or a system. */
  readonly bearbeiter: string;
  readonly at: Date;
  readonly notiz: string;
}

/** Object of a 0624: closes an object of the DMS (zu den Akten). */
export interface ZdaVerfuegung extends ImStapel {
  readonly idSgo: string;
}

/** 0605, 0604, 0601, 0607, 0624: several objects are a batch. */
export type AuftragMessage = Auftrag &
  (
    | { readonly nachricht: '0605'; readonly objekte: readonly AblageObjekt[] }
    | { readonly nachricht: '0604'; readonly objekte: readonly ErstellObjekt[] }
    | { readonly nachricht: '0601'; readonly objekte: readonly DokumentZumAktualisieren[] }
    | { readonly nachricht: '0607'; readonly objekte: readonly Protokolleintrag[] }
    | { readonly nachricht: '0624'; readonly objekte: readonly ZdaVerfuegung[] }
  );

/** 0401: hands whole objects over, for a DMS that takes no messages of the group Fachverfahrensdaten. */
export type AbgabeMessage = Kopf & {
  readonly nachricht: '0401';
  /** Asks for a 0403; 2.4 has none. */
  readonly receiptWanted: boolean;
  readonly anschreiben?: Dokument;
  readonly objekte: readonly Schriftgutobjekt[];
};

/** A message that the hub sends. */
export type Message = AuftragMessage | AbgabeMessage;

/** Message 0605 with one object: a new Vorgang or Akte, or a Dokument for a container that the DMS has. */
export type SgoAblegen = Auftrag & AblageObjekt;
