/** A URN is no name of a field: an AuthnContext of SAML may end in `:Password`. */
const SECRET_NAME =
  /^(?!urn:)[^]*(password|passwort|passphrase|secret|token|api[-_]?key|private[-_]?key|credentials?)$/i;
const REFERENCE = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/?(?!\/).+)$/;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]*@/i;
const DEEPEST = 32;

export interface DoubtfulValue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly fix: string;
}

/** True for `env:NAME` and `file:/path`: how the directory names a secret. */
export function isSecretReference(value: unknown): value is string {
  return typeof value === 'string' && REFERENCE.test(value);
}

/** What no file of the directory may contain whatever its schema: secrets, control characters, unbounded depth. */
export function doubtfulValues(root: unknown): DoubtfulValue[] {
  const found: DoubtfulValue[] = [];
  const walk = (value: unknown, path: readonly PropertyKey[]): void => {
    if (path.length > DEEPEST) {
      found.push({ path, message: `is nested deeper than ${DEEPEST}`, fix: 'flatten it' });
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (worthALook(item)) walk(item, [...path, index]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        if (key === '__proto__')
          found.push({ path, message: 'has a key that is not allowed', fix: 'remove __proto__' });
        else if (SECRET_NAME.test(key) && !isSecretReference(member) && typeof member !== 'object') {
          found.push({
            path: [...path, key],
            message: 'holds a secret as a value',
            fix: 'name it instead: env:VARIABLE or file:/path; and change the secret, it was readable here',
          });
        } else walk(member, [...path, key]);
      }
    } else if (typeof value === 'string') {
      if (URL_WITH_PASSWORD.test(value)) {
        found.push({
          path,
          message: 'holds a password in an address',
          fix: 'move it to a key of its own, as env: or file:',
        });
      }
      // eslint-disable-next-line no-control-regex
      if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(value)) {
        found.push({ path, message: 'holds a control character', fix: 'remove it' });
      }
    }
  };
  walk(root, []);
  return found;
}

/** Long lists are mostly short plain words, which need no path of their own. */
function worthALook(item: unknown): boolean {
  return typeof item !== 'string' || !/^[\w@.-]*$/.test(item);
}
