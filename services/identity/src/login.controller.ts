import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Logger } from '@ozg-hub/core';
import { Operation, Public, pagePolicy, sendPage } from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BrowserCookie } from './choice/browser-cookie.ts';
import { choicePage } from './choice/choice-page.ts';
import { errorPage } from './choice/error-page.ts';
import { handoffPage, handoffPolicy } from './choice/handoff-page.ts';
import { languageOf } from './choice/language.ts';
import { answerBrowser } from './choice/page-answer.ts';
import { SentCookie } from './choice/sent-cookie.ts';
import { sentPage } from './choice/sent-page.ts';
import { loginErrors } from './errors.ts';
import { LoginDesk, type OpenLogin } from './login-desk.ts';

/** Token of the service's logger. */
export const LOGIN_LOGGER = Symbol('LoginLogger');

const choice = z.object({ provider: z.string().max(40) });
/** Of a page whose form comes back here. */
const toUs = { policy: pagePolicy("'self'") };
const relayState = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** What the browser of an applicant sees while signing in. */
@Controller('identity/login')
export class LoginController {
  constructor(
    @Inject(LoginDesk) private readonly desk: LoginDesk,
    @Inject(BrowserCookie) private readonly cookie: BrowserCookie,
    @Inject(SentCookie) private readonly sent: SentCookie,
    @Inject(LOGIN_LOGGER) private readonly logger: Logger,
  ) {}

  @Get(':uid')
  @Public()
  @Operation({ summary: 'Choice of the identity provider, or straight on to the only one.' })
  async choose(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await answerBrowser(request, reply, this.logger, async () => {
      const login = await this.desk.open(uid, { request: request.raw, response: reply.raw });
      const [only, second] = login.providers;
      const language = languageOf(request);
      if (!only || second) return await sendPage(reply, choicePage({ ...login, language }), toUs);
      if (!this.sent.isSet(request.headers.cookie, uid)) return await this.#begin(uid, login, only.id, request, reply);
      await sendPage(reply, sentPage({ language, provider: only, leave: `/identity/login/${uid}/leave` }), toUs);
    });
  }

  @Post(':uid')
  @Public()
  @Operation({ summary: 'The choice was made.', consumes: ['application/x-www-form-urlencoded'] })
  async begin(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await answerBrowser(request, reply, this.logger, async () => {
      const login = await this.desk.open(uid, { request: request.raw, response: reply.raw });
      const chosen = choice.safeParse(request.body);
      if (!chosen.success) throw loginErrors.HUB_IDENTITY_FORM();
      await this.#begin(uid, login, chosen.data.provider, request, reply);
    });
  }

  @Get(':uid/return')
  @Public()
  @Operation({ summary: 'Back from the identity provider; goes on to the online service.' })
  async back(
    @Param('uid') uid: string,
    @Query('attempt') attempt: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await answerBrowser(request, reply, this.logger, async () => {
      const known = relayState.safeParse(attempt);
      if (!known.success) throw loginErrors.HUB_IDENTITY_RELAY_STATE();
      const browser = this.cookie.read(request.headers.cookie);
      if (!browser) throw loginErrors.HUB_IDENTITY_OTHER_BROWSER();
      void reply.header('set-cookie', this.sent.clear(uid));
      const exchange = { request: request.raw, response: reply.raw };
      const outcome = await this.desk.take(uid, { relayState: known.data, browser }, exchange);
      if ('location' in outcome) return void (await reply.redirect(outcome.location, 303));
      await sendPage(reply, errorPage(languageOf(request), `/identity/login/${uid}`), { status: 403 });
    });
  }

  @Get(':uid/leave')
  @Public()
  @Operation({ summary: 'The user wants back to the online service, without signing in.' })
  async leave(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await answerBrowser(request, reply, this.logger, async () => {
      const location = await this.desk.leave(uid, { request: request.raw, response: reply.raw });
      await reply.header('set-cookie', this.sent.clear(uid)).redirect(location, 303);
    });
  }

  async #begin(
    uid: string,
    login: OpenLogin,
    provider: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const language = languageOf(request);
    const known = this.cookie.read(request.headers.cookie);
    const made = known === undefined ? this.cookie.make() : undefined;
    const form = await this.desk.begin(uid, login, { provider, language, browser: known ?? made!.secret });
    const { name = '' } = login.providers.find(({ id }) => id === provider) ?? {};
    const cookies = [this.sent.set(uid), ...(made ? [made.header] : [])];
    void reply.header('set-cookie', cookies);
    await sendPage(reply, handoffPage(form, name, language), { policy: handoffPolicy(form) });
  }
}
