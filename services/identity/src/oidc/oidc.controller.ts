import { once } from 'node:events';
import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Logger } from '@ozg-hub/core';
import { Operation, Public } from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { answerBrowser } from '../choice/page-answer.ts';
import { LOGIN_LOGGER } from '../login.controller.ts';
import { mountedRequest } from './mounted-request.ts';
import { OpenIdProviders } from './openid-providers.ts';

/** The OpenID Provider's own addresses; it answers by itself. */
@Controller('identity/oidc')
export class OidcController {
  constructor(
    @Inject(OpenIdProviders) private readonly providers: OpenIdProviders,
    @Inject(LOGIN_LOGGER) private readonly logger: Logger,
  ) {}

  @Get('.well-known/openid-configuration')
  @Public()
  @Operation({ summary: 'Discovery of the OpenID Provider (OpenID Connect Discovery 1.0).' })
  async discovery(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#pass(request, reply);
  }

  @Get('jwks')
  @Public()
  @Operation({ summary: 'Public keys of the OpenID Provider (RFC 7517).' })
  async jwks(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#pass(request, reply, await this.providers.fresh());
  }

  @Get('auth')
  @Public()
  @Operation({
    summary: 'An online service has somebody sign in: authorization code with PKCE.',
    description: 'Beside the parameters of OpenID Connect: tenant, leistung, application.',
  })
  async authorize(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#passBrowser(request, reply);
  }

  @Post('auth')
  @Public()
  @Operation({
    summary: 'The same by a form.',
    consumes: ['application/x-www-form-urlencoded'],
  })
  async authorizeByForm(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#passBrowser(request, reply);
  }

  @Get('auth/:uid')
  @Public()
  @Operation({ summary: 'Goes on after the login, back to the online service.' })
  async resume(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#passBrowser(request, reply);
  }

  @Post('token')
  @Public()
  @Operation({
    summary: 'Code for tokens; the online service proves itself by its secret and the code verifier.',
    consumes: ['application/x-www-form-urlencoded'],
  })
  async token(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#pass(request, reply);
  }

  @Get('me')
  @Public()
  @Operation({ summary: 'Claims of the login, by access token (OpenID Connect Core 5.3).' })
  async userinfo(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#pass(request, reply);
  }

  async #passBrowser(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await answerBrowser(request, reply, this.logger, () => this.#pass(request, reply));
  }

  async #pass(request: FastifyRequest, reply: FastifyReply, given?: Provider): Promise<void> {
    const provider = given ?? (await this.providers.current());
    const { raw } = reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    const closed = once(raw, 'close');
    void provider.callback()(mountedRequest(request, new URL(provider.issuer)), raw);
    await closed;
  }
}
