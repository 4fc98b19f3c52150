import { benchDirectory } from './dms-directory.ts';
import { benchMapping } from './dms-mapping.ts';
import { circumstances } from './report.ts';

/** Filing by packages and by CMIS. Returns the lines of the report. */
export async function benchDms(command: string): Promise<string[]> {
  const lines = circumstances(command);
  for (const part of [benchMapping, benchDirectory]) lines.push('', ...(await part()));
  return lines;
}
