import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { chart, chartValues } from './chart.ts';
import { compose } from './compose.ts';
import { type Services, root } from './services-file.ts';
import { loginsSql, rolesSql } from './sql.ts';

const HEAD = '# Made from services.yaml by `npm run deploy:render`; changes here are lost.\n';

/** Every file that is made from `services.yaml`, by its path below deploy/. */
export async function renderedFiles(services: Services): Promise<Readonly<Record<string, string>>> {
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  return {
    'compose.yaml': await yaml(compose(services)),
    'chart/Chart.yaml': await yaml(chart(services, version)),
    'chart/values.yaml': await yaml(chartValues(services)),
    'roles.sql': rolesSql(services),
    'logins.sql': loginsSql(services),
  };
}

async function yaml(value: object): Promise<string> {
  const style = await resolveConfig(new URL('deploy/compose.yaml', root));
  return await format(HEAD + stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }), {
    ...style,
    parser: 'yaml',
  });
}
