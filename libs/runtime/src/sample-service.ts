import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, type DynamicModule, Get, Module, Post, Query } from '@nestjs/common';
import { HubError } from '@ozg-hub/core';
import { z } from 'zod';
import { Access, Public } from './access-guard.ts';
import { Operation } from './operation.ts';
import { type ServiceContext, type ServiceDefinition, defineService } from './service-definition.ts';
import { validate } from './validate.ts';

const thing = z.object({ name: z.string().max(5), size: z.number().int() });

/** A citizen's data that no answer may show. */
export const SECRET = 'Erika Mustermann';

/** What happened in a {@link sampleService}, and the request that waits there. */
export class SampleWorld {
  readonly order: string[] = [];
  readonly slowBegan: Promise<void>;
  /** Lets the slow request end. */
  finish: () => void = () => undefined;
  began: () => void = () => undefined;

  constructor() {
    this.slowBegan = new Promise((resolve) => (this.began = resolve));
  }
}

@Module({})
class SampleModule {}

/** For tests: a service with a route of each kind. `wire` may add background work; by default it notes start and stop. */
export function sampleService(
  name: string,
  world: SampleWorld,
  wire: (context: ServiceContext) => void = (context) =>
    context.background({
      name: 'sample work',
      start: () => void world.order.push('started'),
      stop: async () => void world.order.push('stopped'),
    }),
): ServiceDefinition {
  const module = (context: ServiceContext): DynamicModule => {
    wire(context);
    return { module: SampleModule, controllers: [controllerOf(name, world)] };
  };
  return defineService({
    name,
    paths: [`/${name}`],
    config: z.object({}),
    migrations: [],
    consumes: [],
    publishes: [],
    module,
  }) as unknown as ServiceDefinition;
}

function controllerOf(name: string, world: SampleWorld) {
  @Controller(`${name}/v1`)
  class SampleController {
    @Get('open')
    @Public()
    @Operation({ summary: 'Open to all.' })
    open() {
      return { name };
    }

    @Get('forgotten')
    forgotten() {
      return { name };
    }

    @Get('slow')
    @Public()
    async slow() {
      world.began();
      await new Promise<void>((resolve) => (world.finish = resolve));
      return { name };
    }

    @Post('things/:id')
    @Access('submit', 'operate')
    @Operation({ summary: 'Takes a thing.', body: thing, query: z.object({ q: z.string().optional() }) })
    take(@Body() body: unknown, @Query() query: unknown) {
      return { took: validate(thing, body), query };
    }

    @Get('failing')
    @Public()
    fail() {
      throw new Error(`unexpected: ${SECRET}`);
    }

    @Get('later')
    @Public()
    later(): never {
      const definition = { class: 'later', status: 503, title: 'Not now.', action: 'Wait.' } as const;
      throw new HubError('HUB_SAMPLE_LATER', definition, {
        retryAfterSeconds: 7.2,
        places: [{ field: 'x', message: 'y' }],
      });
    }
  }
  return SampleController;
}

/** For tests: a folder with a directory of one municipality. */
export async function sampleFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'host-'));
  // An embedded server of root runs as another user, who has to pass.
  await chmod(made, 0o711);
  await mkdir(join(made, 'directory', 'tenants'), { recursive: true });
  await writeFile(join(made, 'directory', 'sources.yaml'), 'sources: []\n');
  const tenant = 'slug: musterstadt\nname: Musterstadt\norganisationseinheiten: [{ key: 00.00.1 }]\n';
  await writeFile(join(made, 'directory', 'tenants', 'musterstadt.yaml'), tenant);
  return made;
}
