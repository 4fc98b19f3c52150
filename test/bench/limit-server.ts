import fastify, { type FastifyInstance } from 'fastify';

/** Takes one application; resolves when it is stored. */
export type TakeApplication = (document: Buffer) => Promise<string>;

/** Listens on a free port of this machine and says it, as the bench expects of a limit. */
export async function serveLimit(take: TakeApplication): Promise<FastifyInstance> {
  const server = fastify({ bodyLimit: 1024 * 1024 });
  server.addContentTypeParser('application/xml', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.post('/applications', async (request, reply) => {
    const id = await take(request.body as Buffer).catch((error: unknown) => {
      console.error(`A limit failed: ${(error as Error).message}`);
      throw error;
    });
    return reply.code(202).header('location', `/applications/${id}`).send({ id });
  });
  process.stdout.write(`${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
  process.once('SIGTERM', () => process.exit(0));
  return server;
}
