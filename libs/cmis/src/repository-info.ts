/** What the repository says about itself (CMIS 1.1 §2.2.2.2). */
export interface RepositoryInfo {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly product: string;
  readonly productVersion: string;
  readonly cmisVersion: string;
  readonly rootFolderId: string;
  /** By name as in the standard, e.g. `capabilityACL`: `none`, `discover` or `manage`; flags as `true` and `false`. */
  readonly capabilities: Readonly<Record<string, string>>;
}
