/** Fields of a log line. Ids, states, codes and counts; never a citizen's data, a secret or a file name as sent. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined | Error>>;

/** What libs log through; libs/observability has the implementation. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds these fields to each line. */
  child(fields: LogFields): Logger;
}

const nothing = () => undefined;

/** Drops every line; for tests and for callers that have no log. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
