import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningHost } from '@ozg-hub/runtime';
import type { Browser, Page } from '@ozg-hub/testing';
import { type DatabaseProxy, databaseProxy } from './database-proxy.ts';
import { CALLBACK, type Handed, type LoginGround } from './login-ground.ts';

/** What becomes of a login when the hub loses its database or lacks a key on the way. */
export function describeFailures(theGround: () => LoginGround): void {
  let proxy: DatabaseProxy;
  let hub: RunningHost;
  let browser: Browser;
  beforeEach(async () => {
    proxy = await databaseProxy(theGround().hub.database.url);
    // New each time: a connection that has prepared a statement does not send its words again.
    hub = await theGround().another(proxy.url);
    browser = theGround().browser(hub.url);
  });
  afterEach(async () => {
    await hub?.stop();
    await proxy?.close();
  });

  async function begun(application: string) {
    const asked = await theGround().ask({ application });
    return { asked, handed: theGround().handed(await browser.get(asked.url)) };
  }

  async function formOf(handed: Handed) {
    const SAMLResponse = await theGround().bundid.answer(theGround().genuine(handed));
    return { SAMLResponse, RelayState: handed.relayState };
  }

  async function eventsOf(application: string): Promise<number> {
    const store = theGround().hub.database.database.open('identity', { maxConnections: 1 });
    const rows = await store.query("SELECT 1 FROM outbox WHERE convert_from(value, 'UTF8') LIKE $1", [
      `%"${application}"%`,
    ]);
    await store.close();
    return rows.length;
  }

  function expectPassing(page: Page): void {
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5']);
    expect(page.text).toContain('Bitte laden Sie diese Seite in einem Augenblick neu.');
  }

  describe('a login goes on, when the page is reloaded,', () => {
    test.each([
      ['before the answer was looked at', 'UPDATE login_attempt SET answered_at = now()'],
      ['before the assertion was marked as used', 'INSERT INTO used_assertion'],
    ])('where the database was lost %s', async (_when, statement) => {
      const { asked, handed } = await begun('CIV-LOST-1');
      const form = await formOf(handed);
      const broken = proxy.breakAt(statement);
      expectPassing(await browser.post(handed.acs, form, theGround().bundid.entityId));
      await broken;
      const back = await browser.post(handed.acs, form, theGround().bundid.entityId);
      expect((await theGround().tokens(back, asked)).claims()).toMatchObject({ acr: 'hoch' });
    });

    test('where the database was lost before the outcome reached the OpenID Provider: one login, one event', async () => {
      const { asked, handed } = await begun('CIV-LOST-2');
      const form = await formOf(handed);
      const broken = proxy.breakAt('ON CONFLICT (model, key)');
      const lost = await browser.post(handed.acs, form, theGround().bundid.entityId);
      expectPassing(lost);
      await broken;
      const back = await browser.get(lost.url);
      expect((await theGround().tokens(back, asked)).claims()).toMatchObject({ acr: 'hoch' });
      expect(await eventsOf('CIV-LOST-2')).toBe(1);
    });

    test.each(['before COMMIT', 'after COMMIT'] as const)(
      'where the database was lost %s of the login',
      async (cut) => {
        const { asked, handed } = await begun(`CIV-LOST-${cut}`);
        const form = await formOf(handed);
        const cuts = proxy.cut('INSERT INTO login ', [cut]);
        const lost = await browser.post(handed.acs, form, theGround().bundid.entityId);
        expectPassing(lost);
        await cuts;
        const back = await browser.get(lost.url);
        expect((await theGround().tokens(back, asked)).claims()).toMatchObject({ acr: 'hoch' });
        expect(await eventsOf(`CIV-LOST-${cut}`)).toBe(1);
      },
    );
  });

  test('a login goes on when a key that was missing is there again', async () => {
    const { asked, handed } = await begun('CIV-LOST-6');
    const form = await formOf(handed);
    const key = join(theGround().directory, 'sign.key');
    await rename(key, `${key}.away`);
    expectPassing(await browser.post(handed.acs, form, theGround().bundid.entityId));
    expect((await theGround().refusals()).at(-1)).toBe('HUB_IDENTITY_PROVIDER_UNUSABLE');
    await rename(`${key}.away`, key);
    const back = await browser.post(handed.acs, form, theGround().bundid.entityId);
    expect((await theGround().tokens(back, asked)).claims()).toMatchObject({ acr: 'hoch' });
  });

  test('an answer whose assertion was marked as used, and no more, is refused when it is repeated', async () => {
    const { asked, handed } = await begun('CIV-LOST-3');
    const form = await formOf(handed);
    const broken = proxy.breakAt('UPDATE login_attempt SET outcome');
    expectPassing(await browser.post(handed.acs, form, theGround().bundid.entityId));
    await broken;
    const refused = await browser.post(handed.acs, form, theGround().bundid.entityId);
    expect([refused.status, (await theGround().refusals()).at(-1)]).toEqual([403, 'HUB_SAML_REPLAY']);
    const again = theGround().handed(
      await browser.get(`${refused.url.origin}${refused.url.pathname.replace('/return', '')}`),
    );
    const back = await browser.post(again.acs, await formOf(again), theGround().bundid.entityId);
    expect((await theGround().tokens(back, asked)).claims()).toMatchObject({ acr: 'hoch' });
  });

  describe('the OpenID Provider says 503, and goes on when it is asked again,', () => {
    test.each([
      ['signing keys', 'FROM signing_key'],
      ['state', 'INSERT INTO oidc_state'],
    ])('where the database was lost while it looked for its %s', async (_what, statement) => {
      const asked = await theGround().ask();
      const broken = proxy.breakAt(statement);
      const lost = await browser.get(asked.url);
      expectPassing(lost);
      expect(lost.headers.get('content-type')).toContain('text/html');
      await broken;
      expect(theGround().handed(await browser.get(asked.url)).url.href).toBe(theGround().bundid.ssoUrl);
    });

    test('to an online service that exchanges a code or asks who it was', async () => {
      const { asked, handed } = await begun('CIV-LOST-4');
      const back = await browser.post(handed.acs, await formOf(handed), theGround().bundid.entityId);
      const token = () =>
        fetch(`${hub.url}/identity/oidc/token`, {
          method: 'POST',
          headers: {
            authorization: `Basic ${Buffer.from('formulare:geheim-geheim-geheim-geheim-geheim').toString('base64')}`,
          },
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            redirect_uri: CALLBACK,
            code: back.url.searchParams.get('code')!,
            code_verifier: asked.verifier,
          }),
        });
      const broken = proxy.breakAt('AuthorizationCode');
      await expectUnavailable(await token());
      await broken;
      const { access_token } = (await (await token()).json()) as { access_token: string };
      const info = () => fetch(`${hub.url}/identity/oidc/me`, { headers: { authorization: `Bearer ${access_token}` } });
      const brokenAgain = proxy.breakAt('AccessToken');
      await expectUnavailable(await info());
      await brokenAgain;
      expect(await (await info()).json()).toMatchObject({ given_name: 'Erika' });
    });

    test('but sends the browser on to the online service where it cannot ask again', async () => {
      const { asked, handed } = await begun('CIV-LOST-5');
      const form = await formOf(handed);
      const broken = proxy.breakAt('Grant');
      const back = await browser.post(handed.acs, form, theGround().bundid.entityId);
      await broken;
      expect(Object.fromEntries(back.url.searchParams)).toMatchObject({
        error: 'temporarily_unavailable',
        state: asked.state,
      });
    });
  });
}

async function expectUnavailable(answer: Response): Promise<void> {
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
}
