import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Logger } from '@ozg-hub/core';
import { Operation, Public } from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerBrowser } from '../choice/page-answer.ts';
import { loginErrors } from '../errors.ts';
import { LOGIN_LOGGER } from '../login.controller.ts';
import { Logins } from '../logins.ts';
import { ServiceMetadata } from './service-metadata.ts';

const answerForm = z.object({ SAMLResponse: z.string().min(1), RelayState: z.string().min(1).max(80) });

/** Where identity providers send browsers with their answers, and read who we are. */
@Controller('identity/saml')
export class SamlController {
  constructor(
    @Inject(Logins) private readonly logins: Logins,
    @Inject(ServiceMetadata) private readonly metadata: ServiceMetadata,
    @Inject(LOGIN_LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * The post comes from another site, so the browser brings no cookie of ours along: it is sent on to an address where it
   * does, and only there the outcome counts.
   */
  @Post(':provider/acs')
  @Public()
  @Operation({
    summary: 'Assertion consumer service (SAML 2.0 HTTP-POST); 1 MiB at most.',
    consumes: ['application/x-www-form-urlencoded'],
  })
  async answer(
    @Param('provider') provider: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await answerBrowser(request, reply, this.logger, async () => {
      const form = answerForm.safeParse(request.body);
      if (!form.success) throw loginErrors.HUB_IDENTITY_FORM();
      const { RelayState: attempt, SAMLResponse } = form.data;
      const uid = await this.logins.answer(provider, attempt, SAMLResponse);
      const location = `/identity/login/${uid}/return?attempt=${encodeURIComponent(attempt)}`;
      await reply.header('referrer-policy', 'no-referrer').header('cache-control', 'no-store').redirect(location, 303);
    });
  }

  /** Packed answers (HTTP-Redirect) are not unpacked to look what is in them; a page that was reloaded comes here, too. */
  @Get(':provider/acs')
  @Public()
  @Operation({ summary: 'Refuses answers by any binding but HTTP-POST.' })
  async refuseOtherBindings(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await answerBrowser(request, reply, this.logger, () => Promise.reject(loginErrors.HUB_IDENTITY_BINDING()));
  }

  @Get(':provider/metadata')
  @Public()
  @Operation({
    summary: 'Metadata of the service provider for an identity provider (SAML 2.0 metadata).',
    errors: ['HUB_IDENTITY_PROVIDER_UNKNOWN', 'HUB_IDENTITY_PROVIDER_UNUSABLE'],
  })
  async describe(@Param('provider') provider: string, @Res() reply: FastifyReply): Promise<void> {
    const xml = await this.metadata.published(provider);
    await reply.type('application/samlmetadata+xml').send(xml);
  }
}
