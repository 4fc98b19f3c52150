import { expect, test } from '@jest/globals';
import { mergeAccess } from './access-control.ts';

test('permissions are added to and removed from the direct entries; inherited ones are not made direct', () => {
  const present = [
    { principal: 'bauamt', permissions: ['cmis:read', 'cmis:write'], isDirect: true },
    { principal: 'anyone', permissions: ['cmis:all'] },
    { principal: 'revision', permissions: ['cmis:read'], isDirect: false },
  ];
  const change = {
    add: [{ principal: 'standesamt', permissions: ['cmis:read'] }],
    remove: [
      { principal: 'anyone', permissions: ['cmis:all'] },
      { principal: 'bauamt', permissions: ['cmis:write'] },
    ],
  };
  expect(mergeAccess(present, change)).toEqual([
    { principal: 'bauamt', permissions: ['cmis:read'], isDirect: true },
    { principal: 'standesamt', permissions: ['cmis:read'], isDirect: true },
  ]);
});
