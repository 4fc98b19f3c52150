import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Access, HubWide, Operation, validate } from '@ozg-hub/runtime';
import { SigningKeys } from '@ozg-hub/identity';
import { z } from 'zod';
import { ServiceMetadata } from '../saml/service-metadata.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { rotateKeys } from './rotate-keys.ts';

const rotation = z.object({
  purpose: z.enum(['proof', 'oidc']).optional().describe('keys of identity proofs or of tokens; default: both'),
  withdraw: z
    .boolean()
    .optional()
    .describe('the keys before are in other hands: nothing they signed is accepted any more, new ones sign at once'),
});
const rotated = z.object({ keys: z.array(z.object({ purpose: z.string(), kid: z.string() })) });

/** Keys and certificates of the identity service, for operators. */
@Controller('identity/ops/v1')
@HubWide()
export class KeyOperationsController {
  constructor(
    @Inject(CertificateWatch) private readonly watch: CertificateWatch,
    @Inject(ServiceMetadata) private readonly metadata: ServiceMetadata,
    @Inject(SigningKeys) private readonly keys: SigningKeys,
  ) {}

  @Get('certificates')
  @Access('read')
  @Operation({ summary: 'Certificates of all identity providers, ours and theirs: days left, algorithms, findings.' })
  async certificates() {
    return await this.watch.report();
  }

  @Get('providers/:provider/metadata')
  @Access('read')
  @Operation({
    summary: 'Metadata of the service provider for an identity provider, as text in JSON.',
    errors: ['HUB_IDENTITY_PROVIDER_UNKNOWN', 'HUB_DIRECTORY_SECRET_MISSING', 'HUB_SAML_SETTINGS'],
  })
  async serviceMetadata(@Param('provider') provider: string) {
    return { provider, metadata: await this.metadata.of(provider) };
  }

  @Post('keys/rotation')
  @HttpCode(200)
  @Access('admin')
  @Operation({
    summary:
      'New keys for proofs and tokens, signing some minutes later; those before verify until what they signed is over.',
    body: rotation,
    answers: rotated,
  })
  async rotate(@Body() body: unknown) {
    return { keys: await rotateKeys(this.keys, validate(rotation, body ?? {})) };
  }
}
