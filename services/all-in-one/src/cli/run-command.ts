import { isHubError } from '@ozg-hub/core';
import { type HubClient, connectHub } from './hub-client.ts';
import { Progress } from './progress.ts';

export interface CommandOutput<Answer> {
  /** The answer as a person reads it. */
  readonly text: (answer: Answer) => string;
  /** Exit code; default 0. 1 means: something needs a person. */
  readonly exitCode?: (answer: Answer) => number;
}

/** Asks the hub and prints the answer: as one JSON document with `--json`, else as text. */
export async function askHub<Answer>(
  kind: 'reads' | 'changes',
  options: { json?: boolean },
  ask: (hub: HubClient, progress: Progress) => Promise<Answer>,
  output: CommandOutput<Answer>,
): Promise<void> {
  await answer(options, output, async (progress) => {
    const hub = await connectHub(kind);
    try {
      return await ask(hub, progress);
    } finally {
      await hub.close();
    }
  });
}

/** Runs a command and prints what it gives; with `--json` an error is a JSON document too, with exit code 1. */
export async function answer<Answer>(
  { json }: { json?: boolean },
  output: CommandOutput<Answer>,
  run: (progress: Progress) => Promise<Answer>,
): Promise<void> {
  const progress = new Progress();
  try {
    const given = await run(progress);
    progress.end();
    process.stdout.write(`${json ? JSON.stringify(given, null, 2) : output.text(given)}\n`);
    process.exitCode = output.exitCode?.(given) ?? 0;
  } catch (error) {
    progress.end();
    if (!json || !isHubError(error)) throw error;
    const { code, message, places, definition } = error;
    const problem = {
      code,
      detail: message,
      action: definition.action,
      ...(places.length > 0 ? { errors: places } : {}),
    };
    process.stdout.write(`${JSON.stringify({ error: problem }, null, 2)}\n`);
    process.exitCode = 1;
  }
}
