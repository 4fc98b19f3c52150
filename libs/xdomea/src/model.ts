import type { CodeValue } from './code-list.ts';

/**
 * The parts of xdomea that the hub uses, with the names of the standard. Empty and blank texts count as absent.
 * An instant is a `Date` and is written in Hessen's local time; a calendar date is `YYYY-MM-DD` and is written as it is.
 */
export type CalendarDate = string;

export interface Identifikation {
  /** UUID under which both systems know the object. */
  readonly id: string;
  /** Position in the container; within one container all objects have one, or none. */
  readonly nummer?: number;
}

export interface Aktenplaneinheit {
  readonly kennzeichen?: string;
  readonly inhaltsangabe?: string;
  /** Not in 2.4. */
  readonly betreffKurz?: string;
}

export type Medium = 'elektronisch' | 'hybrid' | 'papier';
export type Vertraulichkeitsstufe = 'offen' | 'nfd' | 'vertraulich' | 'geheim' | 'streng-geheim';

export interface AllgemeineMetadaten {
  readonly betreff?: string;
  readonly kennzeichen?: string;
  readonly federfuehrung?: string;
  /** Not in 2.4. */
  readonly aktenfuehrung?: string;
  readonly vertraulichkeitsstufe?: Vertraulichkeitsstufe;
  readonly bemerkung?: string;
  readonly medium?: Medium;
  readonly aktenplaneinheit?: Aktenplaneinheit;
}

/** For the archive: how long to keep, and what then (A archive, B assess, V destroy). */
export interface ArchivspezifischeMetadaten {
  /** 2.4 cannot say `unbefristet`; it is left out there, with a note. */
  readonly aufbewahrungsdauer?: { readonly jahre: number } | 'unbefristet';
  readonly aussonderungsart?: 'A' | 'B' | 'V';
  /** Of which 2.4 writes the year. */
  readonly aufbewahrungsende?: CalendarDate;
}

export interface Laufzeit {
  readonly beginn?: Date | CalendarDate;
  readonly ende?: Date | CalendarDate;
}

export interface HistorienProtokollInformation {
  readonly metadatumName?: string;
  readonly metadatumAlterWert?: string;
  readonly metadatumNeuerWert?: string;
  readonly akteur: string;
  readonly at: Date;
  readonly bemerkung?: string;
  readonly aktion: string;
}

export interface Anschrift {
  /** ISO 3166-1 alpha-2 in capitals; a country's name belongs into `zusatz`. */
  readonly staat?: string;
  readonly strasse?: string;
  readonly hausnummer?: string;
  readonly postfach?: string;
  readonly postleitzahl?: string;
  readonly ort?: string;
  readonly zusatz?: string;
}

/** Code of the list Erreichbarkeit by name. */
export type Kanal = 'email' | 'festnetz' | 'mobil' | 'fax' | 'de-mail' | 'web' | 'sonstiges';

export interface Kommunikation {
  readonly kanal: Kanal;
  readonly kennung: string;
  readonly dienstlich?: boolean;
}

/**
 * A natural person has `name`; a legal person or authority has `institution` (and `name` for who acts for it).
 * At least one element must have a value.
 */
export interface Kontakt {
  readonly behoerdenkennung?: { readonly schluessel?: CodeValue; readonly praefix?: CodeValue };
  readonly institution?: { readonly name?: string; readonly kurzbezeichnung?: string };
  readonly organisationseinheit?: string;
  readonly name?: {
    readonly anrede?: string;
    readonly titel?: string;
    readonly familienname?: string;
    readonly vorname?: string;
  };
  readonly taetigkeit?: string;
  readonly zustaendigkeit?: string;
  readonly anschriften?: readonly Anschrift[];
  readonly kommunikation?: readonly Kommunikation[];
  readonly rolle?: CodeValue;
  readonly geburtsdatum?: CalendarDate;
}

/** Sender or receiver of a message. */
export type Party = Kontakt;

export interface Feld {
  readonly name: string;
  readonly beschreibung?: string;
  /** Name of a type of XML Schema, e.g. `string`, `date`, `integer`. */
  readonly datentyp?: string;
  readonly wert?: string;
}

export interface Feldgruppe {
  readonly name: string;
  /** Required by the schema; repeat the name where there is nothing to say. */
  readonly beschreibung: string;
  readonly gruppen?: readonly Feldgruppe[];
  readonly felder?: readonly Feld[];
}

export interface AnwendungsspezifischeErweiterung {
  readonly kennung: string;
  readonly name: string;
  readonly beschreibung?: string;
  readonly versionsnummer?: string;
  readonly versionsdatum?: CalendarDate;
  readonly gruppen?: readonly Feldgruppe[];
  readonly felder?: readonly Feld[];
}

export interface Primaerdokument {
  /** Name in the package, `UUID_name.ext`; see {@link primaryFileName}. */
  readonly dateiname: string;
  /** What the citizen called it. 2.4 has no place for it but the end of `dateiname`. */
  readonly dateinameOriginal?: string;
  readonly ersteller?: string;
  readonly at?: Date;
}

/** Code of the list dateiformat, from {@link dateiformatOf}. */
export interface Dateiformat {
  readonly code: string;
  /** Only, and then always, with code 100. */
  readonly sonstigerName?: string;
  /** Version of the format: `1.7`, for PDF/A part and level: `2b`. */
  readonly version: string;
}

export interface Format extends Dateiformat {
  readonly primaerdokument: Primaerdokument;
}

export interface Version {
  readonly nummer: string;
  readonly formate: readonly Format[];
}

export interface Dokument {
  readonly identifikation: Identifikation;
  readonly metadaten?: AllgemeineMetadaten;
  readonly fremdesGeschaeftszeichen?: string;
  readonly posteingangsdatum?: Date | CalendarDate;
  readonly postausgangsdatum?: Date | CalendarDate;
  readonly datumDesSchreibens?: Date | CalendarDate;
  readonly bearbeiter?: string;
  readonly typ?: string;
  readonly historie?: readonly HistorienProtokollInformation[];
  readonly versionen?: readonly Version[];
  readonly anlagen?: readonly Anlage[];
  readonly absender?: readonly Kontakt[];
  readonly empfaenger?: readonly Kontakt[];
  readonly weitereKontakte?: readonly Kontakt[];
  readonly erweiterungen?: readonly AnwendungsspezifischeErweiterung[];
}

export interface Anlage extends Dokument {
  /** Number of the Anlage as the letter counts it. */
  readonly anlagennummer?: string;
}

export interface Vorgang {
  readonly identifikation: Identifikation;
  readonly metadaten?: AllgemeineMetadaten;
  readonly archiv?: ArchivspezifischeMetadaten;
  readonly aktenbetreff?: string;
  readonly typ?: string;
  readonly laufzeit?: Laufzeit;
  readonly historie?: readonly HistorienProtokollInformation[];
  readonly dokumente?: readonly Dokument[];
  readonly kontakte?: readonly Kontakt[];
  readonly erweiterung?: AnwendungsspezifischeErweiterung;
}

/** Holds Dokumente or Vorgänge; 3.x allows both. */
export interface Akte {
  readonly identifikation: Identifikation;
  readonly metadaten?: AllgemeineMetadaten;
  readonly archiv?: ArchivspezifischeMetadaten;
  readonly standort?: string;
  readonly typ?: string;
  readonly laufzeit?: Laufzeit;
  readonly historie?: readonly HistorienProtokollInformation[];
  readonly dokumente?: readonly Dokument[];
  readonly vorgaenge?: readonly Vorgang[];
  readonly kontakte?: readonly Kontakt[];
  readonly erweiterung?: AnwendungsspezifischeErweiterung;
}

export interface System {
  readonly instanzId?: string;
  readonly produktname?: string;
  readonly version?: string;
}

/** What every message says about itself. */
export interface Kopf {
  /** UUID of the whole exchange; the replies carry the same. */
  readonly prozessId: string;
  readonly createdAt: Date;
  readonly sender: Party;
  readonly receiver: Party;
  readonly sendingSystem: System;
  /** Required by 2.4 in all messages of the group Fachverfahrensdaten. */
  readonly receivingSystem?: System;
}
