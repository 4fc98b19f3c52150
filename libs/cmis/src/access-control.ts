/** One entry of an access control list (CMIS 1.1 §2.1.12). */
export interface AccessEntry {
  readonly principal: string;
  /** `cmis:read`, `cmis:write`, `cmis:all` or a permission of the repository. */
  readonly permissions: readonly string[];
  /** Set at the object itself, not inherited; absent counts as direct. */
  readonly isDirect?: boolean;
}

export interface AccessChange {
  readonly add?: readonly AccessEntry[];
  readonly remove?: readonly AccessEntry[];
  /** Default: what the repository decides. */
  readonly propagation?: 'objectonly' | 'propagate' | 'repositorydetermined';
}

/** The direct entries after the change: permissions are added to and removed from each principal. */
export function mergeAccess(present: readonly AccessEntry[], { add = [], remove = [] }: AccessChange): AccessEntry[] {
  const byPrincipal = new Map<string, Set<string>>();
  const of = (principal: string) => {
    const known = byPrincipal.get(principal) ?? new Set<string>();
    byPrincipal.set(principal, known);
    return known;
  };
  for (const { principal, permissions, isDirect = true } of present) {
    if (isDirect) permissions.forEach((permission) => of(principal).add(permission));
  }
  for (const { principal, permissions } of remove)
    permissions.forEach((permission) => of(principal).delete(permission));
  for (const { principal, permissions } of add) permissions.forEach((permission) => of(principal).add(permission));
  return [...byPrincipal]
    .filter(([, permissions]) => permissions.size > 0)
    .map(([principal, permissions]) => ({ principal, permissions: [...permissions], isDirect: true }));
}
