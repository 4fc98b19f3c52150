/** The sentences of libs/xml and libs/xdomea about what is wrong with a document or package, in German. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^must be of (.*)$/, 'Der Wert muss von diesem Typ sein: $1'],
  [/^lacks a child element; expected: (.*)$/, 'Es fehlt ein Element, und zwar: $1'],
  [/^lacks a child element$/, 'Es fehlt ein Element.'],
  [/^is not expected here; expected: (.*)$/, 'Das Element steht hier falsch; erwartet wird: $1'],
  [/^is not expected here$/, 'Das Element steht hier falsch.'],
  [/^lacks the attribute (.*)$/, 'Es fehlt das Attribut $1.'],
  [/^must match the pattern (.*)$/, 'Der Wert muss diesem Muster folgen: $1'],
  [/^must be one of (.*)$/, 'Der Wert muss einer von diesen sein: $1'],
  [/^is shorter than (.*) characters$/, 'Der Wert ist kürzer als $1 Zeichen.'],
  [/^is longer than (.*) characters$/, 'Der Wert ist länger als $1 Zeichen.'],
  [/^does not have the length.*$/, 'Der Wert hat nicht die verlangte Länge.'],
  [/^is outside the limit (.*) of the schema$/, 'Der Wert liegt außerhalb der Grenze $1.'],
  [/^has an attribute that is not allowed$/, 'Das Attribut oder sein Wert ist hier nicht erlaubt.'],
  [/^is not the root element of this schema$/, 'Diese Nachricht gibt es in dieser Version von xdomea nicht.'],
  [/^must not contain text$/, 'Hier darf kein Text stehen.'],
  [/^must not contain elements$/, 'Hier dürfen keine Elemente stehen.'],
  [/^does not follow the schema$/, 'Das Element folgt nicht dem Schema.'],
  [/^DOCTYPE$/, 'Eine DOCTYPE-Angabe wird nicht angenommen.'],
  [/^not well-formed here$/, 'Das XML ist hier nicht wohlgeformt.'],
  [/^the document is empty$/, 'Das ist kein XML-Dokument.'],
  [/^content after the end of the root element$/, 'Nach dem Ende der Nachricht folgt noch etwas.'],
  [/^an end tag that does not match its start tag$/, 'Ein Element wird mit einem anderen Namen geschlossen.'],
  [/^an element that does not end$/, 'Ein Element wird nicht geschlossen.'],
  [/^a namespace prefix that is not declared$/, 'Ein Präfix ist keinem Namensraum zugeordnet.'],
  [/^a character that XML does not allow$/, 'Ein Zeichen, das XML nicht erlaubt.'],
  [/^an entity that is not declared$/, 'Eine Entität, die es nicht gibt.'],
  [
    /^xdomea 4\.0\.0 is not supported\..* Supported: (.*)\.$/s,
    'xdomea 4.0.0 wird nicht unterstützt: Bekannt sind davon nur die Schemata der Aussonderung (05xx). Es fehlen die ' +
      'Schemata für Information, Geschäftsgang, Aktenplan, Abgabe, Fachverfahrensdaten (mit 0605, 0629 und 0630) und ' +
      'Zwischenarchivierung. Unterstützt werden $1.',
  ],
  [/^xdomea (\S+) is not supported\. Supported: (.*)\.$/, 'xdomea $1 wird nicht unterstützt, aber $2.'],
  [/^The file is not a complete ZIP file\.$/, 'Die Datei ist kein vollständiges ZIP.'],
  [
    /^The directory of the ZIP file is damaged, or entry (\d+) .*$/,
    'Das Verzeichnis des ZIP ist beschädigt, oder der Name von Eintrag $1 ist nicht erlaubt.',
  ],
  [/^Entry (\d+) has the name of another entry\.$/, 'Eintrag $1 heißt wie ein anderer Eintrag.'],
  [
    /^Entry (\d+) lies in a folder .*$/,
    'Eintrag $1 liegt in einem Ordner, oder sein Name ist nicht erlaubt; xdomea-Pakete haben keine Ordner.',
  ],
  [/^Entry (\d+) has a name that is not allowed\.$/, 'Der Name von Eintrag $1 ist nicht erlaubt.'],
  [/^Entry (\d+) is a symbolic link\.$/, 'Eintrag $1 ist eine Verknüpfung.'],
  [/^Entry (\d+) is encrypted\.$/, 'Eintrag $1 ist verschlüsselt.'],
  [/^Entry (\d+) is compressed in an unusual way\.$/, 'Eintrag $1 ist auf ungewöhnliche Weise gepackt.'],
  [/^Entry (\d+) unpacks to more than (\d+) bytes\.$/, 'Eintrag $1 ist ausgepackt größer als $2 Byte.'],
  [/^Entry (\d+) unpacks to more than (\d+) times its size\.$/, 'Eintrag $1 wird ausgepackt mehr als $2-mal so groß.'],
  [/^Entries of the ZIP file overlap\.$/, 'Einträge des ZIP überlappen sich.'],
  [/^An entry of the ZIP file .*$/, 'Ein Eintrag des ZIP ist beschädigt.'],
  [/^The package has more than (\d+) entries\.$/, 'Das Paket hat mehr als $1 Einträge.'],
  [/^The package unpacks to more than (\d+) bytes\.$/, 'Das Paket ist ausgepackt größer als $1 Byte.'],
];

/** A sentence that is not among these stays as it is. */
export function inGerman(sentence: string): string {
  const found = SENTENCES.find(([pattern]) => pattern.test(sentence));
  return found ? sentence.replace(found[0], found[1]) : sentence;
}
