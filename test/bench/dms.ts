import { benchCheck } from './dms-check.ts';
import { benchCmis } from './dms-cmis.ts';
import { benchDirectory } from './dms-directory.ts';
import { benchLargeByCmis } from './dms-large.ts';
import { benchMapping } from './dms-mapping.ts';
import { circumstances } from './report.ts';

/** Filing by packages and by CMIS. Returns the lines of the report. */
export async function benchDms(command: string): Promise<string[]> {
  const lines = circumstances(command);
  for (const part of [benchMapping, benchDirectory, benchCmis, benchLargeByCmis, benchCheck])
    lines.push('', ...(await part()));
  return lines;
}
