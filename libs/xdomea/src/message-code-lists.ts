import { codeTable } from './code-list.ts';

/** General results and technical failures; 0000000 is the only one that means success. */
export const allgemeineRueckmeldung = codeTable(
  'allgemeinerueckmeldung',
  { 2: '1.0', 3: '1.1' },
  `
  0000000 Erfolgreich ausgeführt.
  0000001 Das DMS war nicht erreichbar oder hat nicht rechtzeitig geantwortet.
  0000002 Die Verbindung zum DMS ist abgebrochen.
  0000003 Das DMS kennt die angegebene Kennung nicht.
  0000004 Dem Benutzer oder der Rolle fehlt im DMS das Recht für diese Nachricht.
  0000005 Das DMS kennt die ID des Fachverfahrens nicht.
  0000006 Das DMS kennt die ID der Verwaltung nicht.
  0000007 Die Sitzung beim DMS ist ungültig oder unbekannt.
  0000008 Die Nachricht an das DMS entspricht nicht dem Schema.
  0000009 Das DMS hat diese Nachricht schon verarbeitet.
  0000010 Die Stapellänge in der Nachricht an das DMS ist 0 oder kleiner.
  0000011 Die Stapellänge ist größer als 1; das ist im Dialog mit dem DMS nicht zulässig.
  0000012 Die Stapellänge ist kleiner als 1; das ist im Stapel an das DMS nicht zulässig.
  0000013 Die Stapellänge in der Nachricht an das DMS passt nicht zur Zahl der Objekte.
  0000014 Der Stapel an das DMS ist syntaktisch falsch.
  0000015 Die Übertragung an das DMS war fehlerhaft.
  0000016 Das Verzeichnis für die Übergabe an das DMS ist ungültig.
  0000017 Die URL für die Übergabe an das DMS ist ungültig.
  0000018 Das DMS hat eine Datei nicht gefunden.
  0000019 Das DMS erreicht die Datenbanktabelle nicht.
  0000499 Unbekannter Fehler auf dem Weg zum DMS.
  0000501 Das Fachverfahren war nicht erreichbar oder hat nicht rechtzeitig geantwortet.
  0000502 Die Verbindung zum Fachverfahren ist abgebrochen.
  0000503 Das Fachverfahren kennt die angegebene Kennung nicht.
  0000504 Dem Benutzer fehlt im Fachverfahren das Recht für diese Nachricht.
  0000505 Die ID des Fachverfahrens ist dort nicht bekannt.
  0000506 Das Fachverfahren kennt die ID der Verwaltung nicht.
  0000507 Die Sitzung beim Fachverfahren ist ungültig oder unbekannt.
  0000508 Die Nachricht an das Fachverfahren entspricht nicht dem Schema.
  0000509 Das Fachverfahren hat diese Nachricht schon verarbeitet.
  0000510 Die Stapellänge in der Nachricht an das Fachverfahren ist 0 oder kleiner.
  0000511 Die Stapellänge in der Nachricht an das Fachverfahren passt nicht zur Zahl der Objekte.
  0000512 Der Stapel an das Fachverfahren ist syntaktisch falsch.
  0000513 Die Übertragung an das Fachverfahren war fehlerhaft.
  0000514 Das Verzeichnis für die Übergabe an das Fachverfahren ist ungültig.
  0000515 Die URL für die Übergabe an das Fachverfahren ist ungültig.
  0000516 Das Fachverfahren hat eine Datei nicht gefunden.
  0000999 Unbekannter Fehler auf dem Weg zum Fachverfahren.
  `,
);

const messagesSince2 = `
  0101 Information
  0102 Information: Empfang bestätigt
  0201 Geschäftsgang
  0202 Geschäftsgang: Empfang bestätigt
  0301 Aktenplan
  0302 Aktenplan: Empfang bestätigt
  0401 Abgabe
  0402 Abgabe: Ergebnis der Übernahme
  0501 Aussonderung: Anbieteverzeichnis
  0502 Aussonderung: Bewertungsverzeichnis
  0503 Aussonderung
  0504 Anbietung: Empfang bestätigt
  0505 Bewertung: Empfang bestätigt
  0506 Aussonderung: Ergebnis der Übernahme
  0601 Dokument aktualisieren
  0602 Schriftgutobjekt ansehen
  0603 Schriftgutobjekt bearbeiten
  0604 Schriftgutobjekt erstellen
  0605 Schriftgutobjekt ablegen
  0606 Schriftgutobjekt drucken
  0607 Protokolleintrag erstellen
  0608 Schriftgutobjekt suchen
  0609 Metadaten anlegen
  0610 Metadaten aktualisieren
  0611 Metadaten ansehen
  0612 Metadaten löschen
  0613 zum Löschen markieren
  0614 Löschmarkierung aufheben
  0615 endgültig löschen
  0616 Löschstatus abfragen
  0617 als ungültig kennzeichnen
  0618 Datensatz löschen
  0619 Benachrichtigung abrufen
  0620 Vertretung aktivieren oder deaktivieren
  0621 Vertretungsstatus abfragen
  0622 Zuständigkeit ändern
  0623 Gesamtprotokoll ablegen
  0624 zdA verfügen
  0625 Systemstatus abfragen
  0626 Konfigurationsparameter erstellen
  0627 Konfigurationsparameter aktualisieren
  0628 Konfigurationsparameter abrufen
  0629 Empfang bestätigt
  0630 Ergebnis der Verarbeitung
  0631 Primärdokument exportieren
  0632 zdA aufheben
`;

const messagesSince3 = `
  0403 Abgabe: Empfang bestätigt
  0507 Aussonderung: Empfang bestätigt
  0511 Aktenplan zur Bewertung
  0512 Aktenplan zur Bewertung: Empfang bestätigt
  0513 Bewertungskatalog
  0514 Bewertungskatalog: Ergebnis der Übernahme
  0515 bewerteter Aktenplan: Empfang bestätigt
  0701 Auslagerung
  0702 Auslagerung: Empfang bestätigt
  0703 Auslagerung: Ergebnis der Übernahme
  0711 Rückleihe anfordern
  0712 Rückleihe übergeben
  0713 Rückleihe: Empfang bestätigt
  0721 Rückübertragung anfordern
  0722 Rückübertragung übergeben
  0723 Rückübertragung: Ergebnis der Übernahme
  0724 Rückübertragung: Empfang bestätigt
`;

/** The only list that differs by its codes: 3.x has more messages. */
export const nachrichtentyp2 = codeTable('nachrichtentyp', { 2: '1.0' }, messagesSince2);
export const nachrichtentyp3 = codeTable('nachrichtentyp', { 3: '2.0' }, messagesSince2 + messagesSince3);
