/** After all tests: stops the server that start-postgres.mjs started. */
export default async function stopPostgres() {
  await globalThis.stopTestPostgres?.();
}
