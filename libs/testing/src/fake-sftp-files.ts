import {
  type Stats,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
  existsSync,
  constants,
} from 'node:fs';
import { join, posix } from 'node:path';
import ssh2, { type SFTPWrapper } from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** What a fake SFTP server does wrong, and what it saw. */
export interface SftpFaults {
  /** Ends the connection when so many more bytes were written. */
  cutAfterBytes: number | undefined;
  /** Ends the connection after the next such request took effect, without an answer. */
  loseAnswerOf: 'RENAME' | undefined;
  /** Only requests about paths below this folder lose their answer; undefined: all. */
  loseAnswerBelow: string | undefined;
  /** Writes are not answered. */
  silent: boolean;
  /** No write succeeds. */
  full: boolean;
  /** Bytes written by clients so far. */
  receivedBytes: number;
  /** Connections that showed the right credentials so far. */
  logins: number;
}

export interface ServedFiles {
  readonly root: string;
  readonly faults: SftpFaults;
  readonly cut: () => void;
}

type Handle = { readonly file: number } | { names: { filename: string; longname: string; attrs: Stats }[] };

/** Serves a folder to one client: SFTP version 3, a rename never replaces. */
export function serveFiles(sftp: SFTPWrapper, { root, faults, cut }: ServedFiles): void {
  const handles = new Map<number, Handle>();
  let next = 0;
  const path = (name: string) => join(root, posix.normalize(`/${name}`));
  const open = (reqid: number, handle: Handle) => {
    const id = Buffer.alloc(4);
    id.writeUInt32BE((next += 1));
    handles.set(next, handle);
    sftp.handle(reqid, id);
  };
  const fileOf = (handle: Buffer) => (handles.get(handle.readUInt32BE(0)) as { file: number }).file;
  const answering = (reqid: number, run: () => void) => {
    try {
      run();
    } catch (error) {
      sftp.status(reqid, statusOf(error as NodeJS.ErrnoException));
    }
  };
  const done = (reqid: number) => sftp.status(reqid, STATUS_CODE.OK);
  const doneUnlessLost = (reqid: number, to: string) => {
    const { loseAnswerOf, loseAnswerBelow } = faults;
    if (!loseAnswerOf || !path(to).startsWith(path(loseAnswerBelow ?? ''))) return done(reqid);
    faults.loseAnswerOf = undefined;
    return cut();
  };
  sftp.on('error', () => undefined);
  sftp.on('OPEN', (reqid, name, flags) =>
    answering(reqid, () => open(reqid, { file: openSync(path(name), flagsOf(flags)) })),
  );
  sftp.on('WRITE', (reqid, handle, offset, data) =>
    answering(reqid, () => {
      if (faults.silent) return undefined;
      if (faults.full) return sftp.status(reqid, STATUS_CODE.FAILURE);
      const left = faults.cutAfterBytes;
      const bytes = left === undefined ? data : data.subarray(0, left);
      writeSync(fileOf(handle), bytes, 0, bytes.length, offset);
      faults.receivedBytes += bytes.length;
      if (left === undefined) return done(reqid);
      faults.cutAfterBytes = left - bytes.length;
      if (faults.cutAfterBytes > 0) return done(reqid);
      faults.cutAfterBytes = undefined;
      return cut();
    }),
  );
  sftp.on('READ', (reqid, handle, offset, length) =>
    answering(reqid, () => {
      const into = Buffer.alloc(length);
      const bytes = readSync(fileOf(handle), into, 0, length, offset);
      if (bytes === 0) sftp.status(reqid, STATUS_CODE.EOF);
      else sftp.data(reqid, into.subarray(0, bytes));
    }),
  );
  sftp.on('FSTAT', (reqid, handle) => answering(reqid, () => sftp.attrs(reqid, attributes(fstatSync(fileOf(handle))))));
  for (const event of ['STAT', 'LSTAT'] as const) {
    sftp.on(event, (reqid: number, name: string) =>
      answering(reqid, () => sftp.attrs(reqid, attributes(statSync(path(name))))),
    );
  }
  sftp.on('CLOSE', (reqid, handle) =>
    answering(reqid, () => {
      const id = handle.readUInt32BE(0);
      const known = handles.get(id);
      handles.delete(id);
      if (known && 'file' in known) closeSync(known.file);
      done(reqid);
    }),
  );
  sftp.on('OPENDIR', (reqid, name) =>
    answering(reqid, () => {
      const names = readdirSync(path(name)).map((filename) => ({
        filename,
        longname: filename,
        attrs: statSync(join(path(name), filename)),
      }));
      open(reqid, { names });
    }),
  );
  sftp.on('READDIR', (reqid, handle) =>
    answering(reqid, () => {
      const known = handles.get(handle.readUInt32BE(0)) as {
        names: { filename: string; longname: string; attrs: Stats }[];
      };
      const { names } = known;
      known.names = [];
      if (names.length === 0) return sftp.status(reqid, STATUS_CODE.EOF);
      return sftp.name(
        reqid,
        names.map(({ attrs, ...name }) => ({ ...name, attrs: attributes(attrs) })),
      );
    }),
  );
  sftp.on('REMOVE', (reqid, name) => answering(reqid, () => (unlinkSync(path(name)), done(reqid))));
  sftp.on('RMDIR', (reqid, name) => answering(reqid, () => (rmdirSync(path(name)), done(reqid))));
  sftp.on('MKDIR', (reqid, name) => answering(reqid, () => (mkdirSync(path(name)), done(reqid))));
  sftp.on('RENAME', (reqid, from, to) =>
    answering(reqid, () => {
      if (existsSync(path(to))) return sftp.status(reqid, STATUS_CODE.FAILURE);
      renameSync(path(from), path(to));
      return doneUnlessLost(reqid, to);
    }),
  );
  sftp.on('close', () => {
    for (const handle of handles.values()) if ('file' in handle) closeSync(handle.file);
    handles.clear();
  });
}

function attributes({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats) {
  return { mode, uid, gid, size, atime: Math.trunc(atimeMs / 1000), mtime: Math.trunc(mtimeMs / 1000) };
}

function flagsOf(flags: number): number {
  const writes = (flags & OPEN_MODE.WRITE) !== 0;
  let all = writes ? constants.O_RDWR : constants.O_RDONLY;
  if (flags & OPEN_MODE.CREAT) all |= constants.O_CREAT;
  if (flags & OPEN_MODE.TRUNC) all |= constants.O_TRUNC;
  if (flags & OPEN_MODE.EXCL) all |= constants.O_EXCL;
  return all;
}

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' || code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
