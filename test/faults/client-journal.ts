import { appendFileSync, readFileSync } from 'node:fs';

/** A file as a client sent it. */
export interface SentFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** What clients wrote down, before they sent and after they were told. */
export type JournalLine =
  | { readonly type: 'window'; readonly window: string; readonly at: string }
  | {
      readonly type: 'sent';
      /** The case id, unique in a run; the natural key of the application. */
      readonly key: string;
      readonly window: string;
      /** The DMS at which it has to arrive. */
      readonly dms: string;
      /** A text of the application's Fachdaten that no other application has. */
      readonly marker: string;
      readonly files: readonly SentFile[];
      /** The application whose case it supplements, which was answered 2xx before this was sent. */
      readonly supplements?: string;
      /** The application of the same case that was answered 2xx last before this was sent. */
      readonly follows?: string;
      readonly at: string;
    }
  | {
      readonly type: 'answer';
      readonly key: string;
      readonly attempt: number;
      readonly status: number;
      /** Submission id, of 2xx answers. */
      readonly id?: string;
      /** Code of a refusal. */
      readonly code?: string;
      readonly at: string;
    }
  /** What the hub said last about an accepted application, after everything was mended. */
  | {
      readonly type: 'told';
      readonly key: string;
      /** States of its deliveries; empty where it was told nothing. */
      readonly deliveries: readonly string[];
      readonly at: string;
    }
  /** No answer came: refused connection, reset, timeout. */
  | {
      readonly type: 'silence';
      readonly key: string;
      readonly attempt: number;
      readonly why: string;
      readonly at: string;
    };

type WithoutTime<Line> = Line extends JournalLine ? Omit<Line, 'at'> : never;

/** The clients' own record of a run, one JSON document a line. */
export class ClientJournal {
  constructor(readonly path: string) {}

  note(line: WithoutTime<JournalLine>): void {
    appendFileSync(this.path, `${JSON.stringify({ ...line, at: new Date().toISOString() })}\n`);
  }
}

export function readJournal(path: string): JournalLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine);
}
