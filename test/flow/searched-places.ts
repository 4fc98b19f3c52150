import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@ozg-hub/store';

/** A place where something was found, e.g. `table dms_export.attempt` or `file keys/checkpoints.jsonl`. */
export type Finding = string;

/** Texts to look for, in every spelling they may have on the way: as they are, escaped, in hex, in Base64. */
export class Search {
  readonly #needles: readonly Buffer[];

  constructor(texts: readonly string[]) {
    this.#needles = texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      // Base64 of a text depends on where in the bytes it begins.
      const base64 = [0, 1, 2].map((shift) => {
        const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
        return encoded.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + bytes.length) * 4) / 3));
      });
      return [text, encodeURIComponent(text), bytes.toString('hex'), ...base64].map((spelling) =>
        Buffer.from(spelling),
      );
    });
  }

  finds(content: string | Buffer): boolean {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return this.#needles.some((needle) => bytes.includes(needle));
  }

  /** Every row of every table, bytea included. */
  async database(database: Database): Promise<{ findings: Finding[]; tables: number }> {
    const store = database.open('public', { maxConnections: 1 });
    const tables = await store.query<{ schema: string; name: string }>(
      `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const findings: Finding[] = [];
    for (const { schema, name } of tables) {
      const rows = await store.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM "${schema}"."${name}" t`);
      if (rows.some(({ row }) => this.finds(row))) findings.push(`table ${schema}.${name}`);
    }
    return { findings, tables: tables.length };
  }

  /** Every file below the folder, but for the folders named. */
  async files(folder: string, except: readonly string[] = []): Promise<{ findings: Finding[]; files: number }> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !except.some((one) => path.startsWith(`${join(folder, one)}/`)));
    const findings: Finding[] = [];
    for (const path of paths) {
      if (this.finds(path) || this.finds(await readFile(path))) findings.push(`file ${path.slice(folder.length + 1)}`);
    }
    return { findings, files: paths.length };
  }
}
