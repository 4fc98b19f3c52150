import type { LogDestination } from './logger.ts';

/** Rewrites JSON lines for a terminal: `10:15:30.123 WARN  dms-export  message  key=value`, a stack below it. */
export function prettyLines(out: LogDestination): LogDestination {
  return { write: (line) => out.write(prettyLine(line)) };
}

function prettyLine(line: string): string {
  const { time, level, service, msg, err, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const failure = (err ?? error) as { type?: string; code?: string; message?: string; stack?: string } | undefined;
  const head = [
    String(time).slice(11, 23),
    String(level).toUpperCase().padEnd(5),
    ...(service === undefined ? [] : [String(service)]),
    String(msg ?? ''),
  ];
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  if (failure) rest.push([failure.code ?? failure.type, failure.message].filter(Boolean).join(': '));
  const stack = failure?.stack ? `${failure.stack.replace(/^/gm, '    ')}\n` : '';
  return `${[...head, ...rest].join('  ').trimEnd()}\n${stack}`;
}
