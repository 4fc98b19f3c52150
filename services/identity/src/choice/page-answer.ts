import { type HubError, type Logger, isHubError } from '@ozg-hub/core';
import { sendPage } from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { loginErrors } from '../errors.ts';
import { isOver } from '../oidc/openid-providers.ts';
import { busyPage, errorPage } from './error-page.ts';
import { languageOf } from './language.ts';

/** Does what a browser asked for. Whatever is refused is one plain page outside and its code in the log. */
export async function answerBrowser(
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const error = refusalOf(thrown);
    if (!error) throw thrown;
    logger.warn({ code: error.code, requestId: request.id, reason: reasonOf(error) }, 'a login was refused');
    const passes = error.status >= 500;
    if (passes) void reply.header('retry-after', String(error.retryAfterSeconds ?? 5));
    const page = passes ? busyPage(languageOf(request)) : errorPage(languageOf(request));
    await sendPage(reply, page, { status: passes ? 503 : 403 });
  }
}

function refusalOf(thrown: unknown): HubError | undefined {
  if (isHubError(thrown)) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  // Of the OpenID Provider, with what its state ran into.
  if (isHubError(thrown.cause)) return thrown.cause;
  return isOver(thrown) ? loginErrors.HUB_IDENTITY_INTERACTION({ cause: thrown }) : undefined;
}

/** Keys or metadata that cannot be used have a code of their own. */
function reasonOf({ cause }: HubError): string | undefined {
  return isHubError(cause) ? cause.code : undefined;
}
