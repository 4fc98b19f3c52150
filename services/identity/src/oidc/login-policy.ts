import { type KoaContextWithOIDC, errors, interactionPolicy } from 'oidc-provider';

const { Check, Prompt, base } = interactionPolicy;
type BaseCheck = InstanceType<typeof Check>;

/** Which account the online service asks for. */
const ACCOUNT = ['id_token_hint', 'claims_id_token_sub_value'];

/** One login per request of an online service: whoever did not just sign in has to. */
export function loginEachTime() {
  const policy = base();
  const { checks } = policy.get('login')!;
  const always = new Check('login_each_time', 'End-User authentication is required', (ctx) =>
    ctx.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
  );
  const accounts = checks.filter(({ reason }) => ACCOUNT.includes(reason)).map(endingAfterLogin);
  policy.clear();
  policy.add(new Prompt({ name: 'login', requestable: true }, always, ...accounts));
  return policy;
}

/** Somebody else signed in: the online service is told, as another login would most likely end the same. */
function endingAfterLogin({ reason, description, check, details }: BaseCheck): BaseCheck {
  return new Check(
    reason,
    description,
    async (ctx) => {
      if (!ctx.oidc.result?.login) return await check(ctx);
      await bringBackHint(ctx);
      if (await check(ctx)) {
        throw new errors.LoginRequired('another account signed in than the one that was asked for');
      }
      return Check.NO_NEED_TO_PROMPT;
    },
    details,
  );
}

/** The library reads the hint when the request comes, and after the login forgets that there was one. */
async function bringBackHint({ oidc }: KoaContextWithOIDC): Promise<void> {
  const hint = oidc.params?.['id_token_hint'];
  if (typeof hint !== 'string' || oidc.entities.IdTokenHint || !oidc.client) return;
  oidc.entity('IdTokenHint', await oidc.provider.IdToken.validate(hint, oidc.client));
}
