import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { Document, type Pair, type Scalar, visit } from 'yaml';
import { chart, chartValues, chartValuesSchema, valueComments } from './chart.ts';
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
    'chart/values.yaml': await yaml(chartValues(services), valueComments),
    'chart/values.schema.json': await json(chartValuesSchema(services)),
    'roles.sql': rolesSql(services),
    'logins.sql': loginsSql(services),
  };
}

async function json(value: object): Promise<string> {
  return await format(JSON.stringify(value), { ...(await style()), parser: 'json' });
}

/** @param comments by the name of a value at the top */
async function yaml(value: object, comments: Readonly<Record<string, string>> = {}): Promise<string> {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Pair: (_, pair, path) => {
      const { key } = pair as Pair<Scalar<string>>;
      const comment = path.length === 2 ? comments[key.value] : undefined;
      if (comment) key.commentBefore = ` ${comment}`;
    },
  });
  return await format(HEAD + document.toString({ lineWidth: 0 }), { ...(await style()), parser: 'yaml' });
}

const style = () => resolveConfig(new URL('deploy/compose.yaml', root));
