import { Body, Controller, Delete, Get, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Access, Caller, HubWide } from './access-guard.ts';
import { ApiKeys, type Principal, scopes } from './api-keys.ts';
import { HUB_PARTS, type HubParts } from './hub-parts.ts';
import { runtimeErrors } from './errors.ts';
import { Operation } from './operation.ts';
import { validate } from './validate.ts';

const newKey = z.object({
  name: z.string().min(1).max(100),
  scopes: z.array(z.enum(scopes)).min(1),
  tenants: z.array(z.string()).min(1).optional().describe('unset: every tenant'),
});
const keyRow = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  tenants: z.array(z.string()).nullable(),
});

/** API keys: created, listed and revoked by an administrator. */
@Controller('hub/ops/v1/keys')
@Access('admin')
@HubWide()
export class KeysController {
  constructor(
    @Inject(ApiKeys) private readonly keys: ApiKeys,
    @Inject(HUB_PARTS) private readonly parts: HubParts,
  ) {}

  @Post()
  @Operation({ summary: 'Creates a key; its text is shown this once.', body: newKey, status: 201 })
  create(@Body() body: unknown, @Caller() caller: Principal): Promise<{ id: string; key: string }> {
    const key = validate(newKey, body);
    const snapshot = this.parts.platform.directory.current();
    const unknown = (key.tenants ?? []).filter((slug) => !snapshot.tenant(slug));
    if (unknown.length > 0) {
      const places = [{ field: 'tenants', message: 'names a municipality that the directory does not have' }];
      throw runtimeErrors.HUB_HTTP_BAD_REQUEST({ places });
    }
    return this.keys.create({ ...key, createdBy: caller.keyId });
  }

  @Get()
  @Operation({ summary: 'Lists all keys, without their secrets.', answers: z.object({ keys: z.array(keyRow) }) })
  async list(): Promise<{ keys: object[] }> {
    const rows = await this.keys.list();
    return {
      keys: rows.map(({ created_at: createdAt, created_by: createdBy, revoked_at: revokedAt, ...row }) => ({
        ...row,
        createdAt,
        createdBy,
        revokedAt,
      })),
    };
  }

  @Delete(':id')
  @Operation({ summary: 'Revokes a key.', errors: ['HUB_KEY_UNKNOWN'] })
  async revoke(@Param('id') id: string, @Caller() caller: Principal): Promise<{ revoked: string }> {
    await this.keys.revoke(id, caller.keyId);
    return { revoked: id };
  }
}
