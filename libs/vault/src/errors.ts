import { defineErrors } from '@ozg-hub/core';

export const vaultErrors = defineErrors({
  HUB_VAULT_CORRUPT: {
    class: 'never',
    status: 500,
    title: 'A stored object does not pass its integrity check: it was cut, changed, swapped or its file is missing.',
    action: 'Restore the object from a backup of the data directory; look for disk errors.',
  },
  HUB_VAULT_NOT_FOUND: {
    class: 'never',
    status: 404,
    title: 'There is no such object for this tenant.',
    action: 'Check the object id and the tenant.',
  },
  HUB_VAULT_ERASED: {
    class: 'never',
    status: 410,
    title: 'The content was erased; no key for it exists any more.',
    action: 'Nothing: erased content cannot be brought back, also not from a backup.',
  },
  HUB_VAULT_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The content is larger than allowed.',
    action: 'Send a smaller file.',
  },
  HUB_VAULT_FULL: {
    class: 'later',
    status: 507,
    title: 'The disk of the vault is full.',
    action: 'Make room on the disk of the data directory; the hub goes on by itself.',
  },
  HUB_VAULT_UNAVAILABLE: {
    class: 'later',
    status: 503,
    title: 'The files of the vault cannot be read or written.',
    action: 'Check that the data directory is mounted and that the hub may write to it.',
  },
  HUB_VAULT_KEYRING_UNREADABLE: {
    class: 'later',
    status: 503,
    title: 'The keyring with the master keys cannot be read.',
    action: 'Check HUB_MASTER_KEY: the keyring it names must exist, be readable and be a keyring of this hub.',
  },
  HUB_VAULT_KEYRING_EXPOSED: {
    class: 'never',
    status: 503,
    title: 'The keyring can be read by other users, or lies inside the data directory.',
    action: 'Keep the keyring in a folder of its own outside the data directory: folder 0700, file 0600.',
  },
  HUB_VAULT_KEYRING_BUSY: {
    class: 'later',
    status: 503,
    title: 'Another process holds the lock of the keyring.',
    action: 'Wait; when no other process changes keys, delete the .lock file beside the keyring.',
  },
  HUB_VAULT_KEYRING_IMMUTABLE: {
    class: 'never',
    status: 409,
    title: 'The keyring cannot be changed from here: it comes from the environment or a read-only file.',
    action: 'Change the keyring at its source, or use a file: reference to a folder the hub may write to.',
  },
  HUB_VAULT_KEY_MISSING: {
    class: 'never',
    status: 503,
    title: 'The keyring lacks a master key that stored content needs.',
    action: 'Restore the newest copy of the keyring that belongs to this database, or check HUB_MASTER_KEY.',
  },
  HUB_VAULT_KEY_IN_USE: {
    class: 'never',
    status: 409,
    title: 'A master key cannot be dropped: stored content still needs it, or it was retired too recently.',
    action: 'Run the rotation to its end, then wait until the time given has passed.',
  },
});
