import { type CodeList, type CodeTable, type Generation, listOf } from './code-list.ts';
import { allgemeineRueckmeldung, nachrichtentyp2, nachrichtentyp3 } from './message-code-lists.ts';
import * as records from './record-code-lists.ts';
import { spezifischeFehlermeldungen } from './refusal-code-lists.ts';
import * as systems from './system-code-lists.ts';

export interface CodeLists {
  readonly allgemeineRueckmeldung: CodeList;
  /** By the message that is refused, e.g. `0605`. */
  readonly spezifischeFehlermeldungen: Readonly<Record<string, CodeList>>;
  readonly nachrichtentyp: CodeList;
  readonly medium: CodeList;
  readonly vertraulichkeitsstufe: CodeList;
  readonly aussonderungsart: CodeList;
  readonly anschriftstyp: CodeList;
  /** Ways to reach somebody: Erreichbarkeit in 3.x, Kommunikationsart in 2.4. */
  readonly kanal: CodeList;
  readonly datentyp: CodeList;
  readonly dateiformat: CodeList;
  /** ISO 3166-1 alpha-2. */
  readonly staat: CodeList;
  /** All of these and those that only other messages use, by URI. */
  readonly byUri: ReadonlyMap<string, CodeList>;
}

/** The code lists of a generation: 3.0 and 3.1 have the same. */
export function codeListsOf(generation: Generation): CodeLists {
  const list = (table: CodeTable) => listOf(table, generation);
  const refusals = Object.fromEntries(
    Object.entries(spezifischeFehlermeldungen).map(([message, table]) => [message, list(table)]),
  );
  const named = {
    allgemeineRueckmeldung: list(allgemeineRueckmeldung),
    nachrichtentyp: list(generation === 2 ? nachrichtentyp2 : nachrichtentyp3),
    medium: list(records.medium),
    vertraulichkeitsstufe: list(records.vertraulichkeitsstufe),
    aussonderungsart: list(records.aussonderungsart),
    anschriftstyp: list(records.anschriftstyp),
    kanal: list(generation === 2 ? records.kommunikationsart : records.erreichbarkeit),
    datentyp: list(records.datentyp),
    dateiformat: list(records.dateiformat),
    staat: list(records.staat),
  };
  const further = [records.bewertungsvorschlag, records.schriftgutobjekttyp, records.beteiligungsstatus];
  const all = [...Object.values(named), ...Object.values(refusals)];
  const others = [...further, ...Object.values(systems)].map(list);
  return {
    ...named,
    spezifischeFehlermeldungen: refusals,
    byUri: new Map([...all, ...others].map((each) => [each.uri, each])),
  };
}
