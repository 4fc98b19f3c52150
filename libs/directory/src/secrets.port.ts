/** Looks up what `env:NAME` and `file:/path` stand for. Asked at each connection, so that a changed secret takes effect. */
export interface SecretResolver {
  /** The secret without a line end, never empty. Throws HUB_DIRECTORY_SECRET_MISSING. */
  resolve(reference: string): Promise<string>;
}
