import { open } from 'node:fs/promises';
import zlib from 'node:zlib';

/** For tests: an entry as no honest tool writes it. What is left out is what the content says. */
export interface SampleZipEntry {
  readonly name: string;
  readonly content: Buffer;
  /** Default 0, stored; 8 deflates. Any other is only claimed. */
  readonly method?: number;
  /** Default: UTF-8 names. */
  readonly flags?: number;
  /** Unpacked size as the directory says. */
  readonly size?: number;
  /** Unix mode as the directory says. */
  readonly mode?: number;
}

/** For tests: a ZIP file, byte by byte. */
export function sampleZip(entries: readonly SampleZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { name, content, method = 0, flags = 0x800, size = content.length, mode = 0o100644 } = entry;
    const packed = method === 8 ? zlib.deflateRawSync(content) : content;
    const bytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(zlib.crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(bytes.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, bytes);
    parts.push(Buffer.from('PK\x03\x04'), common, bytes, packed);
    at += 30 + bytes.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

/**
 * For tests: a package with one more file of this many zeros, stored, which take no place on the disk. In ZIP64, as
 * anything above 4 GiB has to be.
 */
export async function writeSparseZip(
  path: string,
  small: readonly SampleZipEntry[],
  large: { readonly name: string; readonly bytes: number },
): Promise<void> {
  const whole = sampleZip([...small, { name: large.name, content: Buffer.alloc(0) }]);
  const directoryAt = whole.readUInt32LE(whole.length - 6);
  const directory = whole.subarray(directoryAt, whole.length - 22);
  const name = Buffer.from(large.name);
  const header = directoryAt - 30 - name.length;
  const central = directory.length - 46 - name.length;
  const crc = crcOfZeros(large.bytes);
  const sizes = Buffer.alloc(20);
  sizes.writeUInt16LE(1, 0);
  sizes.writeUInt16LE(16, 2);
  sizes.writeBigUInt64LE(BigInt(large.bytes), 4);
  sizes.writeBigUInt64LE(BigInt(large.bytes), 12);
  for (const [bytes, from] of [
    [whole, header + 14],
    [directory, central + 16],
  ] as const) {
    bytes.writeUInt32LE(crc, from);
    bytes.writeUInt32LE(0xffffffff, from + 4);
    bytes.writeUInt32LE(0xffffffff, from + 8);
    bytes.writeUInt16LE(sizes.length, from + 14);
  }
  const contentAt = directoryAt + sizes.length;
  const newDirectoryAt = contentAt + large.bytes;
  const newDirectory = Buffer.concat([directory, sizes]);
  const file = await open(path, 'w');
  try {
    await file.write(Buffer.concat([whole.subarray(0, directoryAt), sizes]), 0, contentAt, 0);
    const end = endOf64(small.length + 1, newDirectory.length, newDirectoryAt);
    await file.write(Buffer.concat([newDirectory, end]), 0, undefined, newDirectoryAt);
  } finally {
    await file.close();
  }
}

function endOf64(entries: number, length: number, at: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.write('PK\x06\x06', 'latin1');
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(45, 12);
  end.writeUInt16LE(45, 14);
  end.writeBigUInt64LE(BigInt(entries), 24);
  end.writeBigUInt64LE(BigInt(entries), 32);
  end.writeBigUInt64LE(BigInt(length), 40);
  end.writeBigUInt64LE(BigInt(at), 48);
  end.write('PK\x06\x07', 56, 'latin1');
  end.writeBigUInt64LE(BigInt(at + length), 64);
  end.writeUInt32LE(1, 72);
  end.write('PK\x05\x06', 76, 'latin1');
  end.fill(0xff, 84, 96);
  return end;
}

function crcOfZeros(bytes: number): number {
  const zeros = Buffer.alloc(1024 ** 2);
  let crc = 0;
  for (let left = bytes; left > 0; left -= zeros.length) {
    crc = zlib.crc32(left < zeros.length ? zeros.subarray(0, left) : zeros, crc);
  }
  return crc;
}
