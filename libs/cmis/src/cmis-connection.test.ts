import { FakeCmis } from '@ozg-hub/testing';
import { cmisConnectionContract } from './cmis-connection.contract.ts';
import { connectCmis } from './connect.ts';
import type { CmisConnectionOptions } from './connection-options.ts';

const secondary = { id: 'MySecondaryType', text: 'SecondaryStringProp', number: 'SecondaryIntegerProp' };
const types = { folder: 'cmis:folder', document: 'cmis:document', versionable: 'VersionableType', secondary };

const variants: readonly (readonly [
  name: string,
  fake: ConstructorParameters<typeof FakeCmis>[0],
  mine: Partial<CmisConnectionOptions>,
])[] = [
  ['plain', {}, {}],
  ['CSRF filter', { csrfHeader: 'X-CSRF-Token' }, { csrfHeader: 'X-CSRF-Token' }],
  [
    'Alfresco manners',
    { style: 'alfresco' },
    { quirks: { alfrescoExceptionNames: true, typeIdPrefixes: true, addNameOnCheckIn: false } },
  ],
  ['content apart', {}, { quirks: { contentInSeparateCall: true, queryByGet: false, childrenByPathOnly: true } }],
];

for (const binding of ['browser', 'atompub'] as const) {
  for (const [name, given, mine] of variants) {
    cmisConnectionContract(`fake repository, ${binding}, ${name}`, async () => {
      const repository = new FakeCmis(given);
      await repository.start();
      return {
        repositoryId: 'A1',
        user: 'hub',
        types,
        contentApart: mine.quirks?.contentInSeparateCall ?? false,
        connect: () =>
          connectCmis({
            binding,
            url: repository.url(binding),
            authentication: { kind: 'basic', user: 'hub', password: 'geheim' },
            ...mine,
          }),
        close: async () => await repository.stop(),
      };
    });
  }
}
