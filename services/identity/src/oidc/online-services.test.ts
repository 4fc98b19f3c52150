import { expect, test } from '@jest/globals';
import type { Directory } from '@ozg-hub/directory';
import { OnlineServices } from './online-services.ts';

function methodOf(client: object, secret: () => Promise<string>) {
  const clients = [
    { id: 'formulare', name: 'Formulare', redirectUris: ['https://formulare.example/zurueck'], ...client },
  ];
  const directory = { current: () => ({ identity: { providers: [], clients } }), secret };
  return new OnlineServices(directory as unknown as Directory).metadata('formulare');
}

test('an online service is public where the directory names no secret, and never because a secret is empty or gone', async () => {
  const named = { clientSecret: 'file:/run/secrets/formulare' };
  const gone = () => Promise.reject(new Error('gone'));
  const basic = { token_endpoint_auth_method: 'client_secret_basic' };
  expect(await methodOf({}, gone)).toMatchObject({ token_endpoint_auth_method: 'none' });
  expect(await methodOf(named, () => Promise.resolve('geheim'))).toMatchObject({ ...basic, client_secret: 'geheim' });
  expect(await methodOf(named, () => Promise.resolve(''))).toMatchObject(basic);
  await expect(methodOf(named, gone)).rejects.toThrow('gone');
});
