import type { AbgabeMessage, AuftragMessage, Message, Schriftgutobjekt, SgoAblegen } from './messages.ts';
import type { Akte, Anlage, Dokument, Format, Identifikation, Vorgang } from './model.ts';
import type { Generation } from './code-list.ts';
import { xdomeaVersion } from './versions.ts';

/** A line of the document; only where one was read. */
interface Placed {
  readonly line?: number | undefined;
}

/** What the process rules look at; made from a model by {@link inventoryOf} or read from a document by {@link readMessage}. */
export interface MessageInventory {
  readonly generation: Generation;
  /** Undefined for messages that know no batch. */
  readonly stapel?: boolean | undefined;
  readonly stapellaenge?: number | undefined;
  readonly objekte: readonly (Placed & {
    readonly nummerImStapel?: number | undefined;
    readonly ablageort?: string | undefined;
    /** True where the message hands over files and has to say where they are. */
    readonly needsAblageort?: boolean | undefined;
  })[];
  readonly ids: readonly (Placed & { readonly id: string })[];
  readonly dateien: readonly (Placed & {
    readonly dateiname: string;
    readonly dateinameOriginal?: string | undefined;
    /** Undefined for a file that is no primary file, such as a signature. */
    readonly code?: string | undefined;
    readonly sonstigerName?: string | undefined;
  })[];
  /** Per container the numbers of its children, undefined where a child has none. */
  readonly container: readonly (Placed & { readonly nummern: readonly (string | undefined)[] })[];
  /** Elements that have neither content nor children. */
  readonly leereElemente: readonly (Placed & { readonly name: string })[];
}

/** What the rules look at in a message that is about to be written. */
export function inventoryOf(message: Message | SgoAblegen, options: { version?: string } = {}): MessageInventory {
  const collecting = new Collecting();
  const all: AuftragMessage | AbgabeMessage =
    'nachricht' in message ? message : { ...message, nachricht: '0605', objekte: [message] };
  if (all.nachricht === '0401' && all.anschreiben) collecting.dokument(all.anschreiben);
  for (const objekt of all.objekte) {
    if ('akte' in objekt || 'vorgang' in objekt || 'dokument' in objekt) collecting.objekt(objekt as Schriftgutobjekt);
  }
  const { ids, formate, container } = collecting;
  return {
    generation: xdomeaVersion(options.version ?? '3.1.0').generation,
    ...(all.nachricht === '0401' ? { objekte: [] } : batchOf(all)),
    ids,
    dateien: formate.map(({ code, sonstigerName, primaerdokument }) => ({
      dateiname: primaerdokument.dateiname,
      code,
      sonstigerName: sonstigerName?.trim() || undefined,
    })),
    container,
    leereElemente: [], // the writer leaves them out or refuses
  };
}

function batchOf(message: AuftragMessage): Pick<MessageInventory, 'stapel' | 'stapellaenge' | 'objekte'> {
  const stapel = message.stapel ?? message.objekte.length !== 1;
  const needsAblageort = message.nachricht === '0605' || message.nachricht === '0601';
  return {
    stapel,
    stapellaenge: message.objekte.length,
    objekte: message.objekte.map((objekt, index) => ({
      nummerImStapel: objekt.nummerImStapel ?? (stapel ? index + 1 : undefined),
      ablageort: ('ablageort' in objekt ? objekt.ablageort : undefined) ?? '.',
      needsAblageort,
    })),
  };
}

class Collecting {
  readonly ids: { id: string }[] = [];
  readonly formate: Format[] = [];
  readonly container: { nummern: (string | undefined)[] }[] = [];

  objekt({ akte, vorgang, dokument }: Schriftgutobjekt): void {
    if (akte) this.akte(akte);
    if (vorgang) this.vorgang(vorgang);
    if (dokument) this.dokument(dokument);
  }

  akte({ identifikation, dokumente = [], vorgaenge = [] }: Akte): void {
    this.#add(identifikation, [...dokumente, ...vorgaenge]);
    for (const each of dokumente) this.dokument(each);
    for (const each of vorgaenge) this.vorgang(each);
  }

  vorgang({ identifikation, dokumente = [] }: Vorgang): void {
    this.#add(identifikation, dokumente);
    for (const each of dokumente) this.dokument(each);
  }

  dokument({ identifikation, versionen = [], anlagen = [] }: Dokument | Anlage): void {
    this.#add(identifikation, anlagen);
    this.formate.push(...versionen.flatMap(({ formate }) => formate));
    for (const each of anlagen) this.dokument(each);
  }

  #add({ id }: Identifikation, children: readonly { readonly identifikation: Identifikation }[]): void {
    this.ids.push({ id });
    this.container.push({ nummern: children.map(({ identifikation }) => identifikation.nummer?.toString()) });
  }
}
