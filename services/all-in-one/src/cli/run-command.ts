import { type HubClient, connectHub } from './hub-client.ts';

export interface CommandOutput<Answer> {
  /** The answer as a person reads it. */
  readonly text: (answer: Answer) => string;
  /** Exit code; default 0. */
  readonly exitCode?: (answer: Answer) => number;
}

/** Asks the hub and prints the answer: as one JSON document with `--json`, else as text. */
export async function askHub<Answer>(
  kind: 'reads' | 'changes',
  { json }: { json?: boolean },
  ask: (hub: HubClient) => Promise<Answer>,
  output: CommandOutput<Answer>,
): Promise<void> {
  const hub = await connectHub(kind);
  try {
    const answer = await ask(hub);
    process.stdout.write(`${json ? JSON.stringify(answer, null, 2) : output.text(answer)}\n`);
    process.exitCode = output.exitCode?.(answer) ?? 0;
  } finally {
    await hub.close();
  }
}
