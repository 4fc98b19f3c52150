import type { MessageTree, PackageEntry, TreeNode } from '@ozg-hub/xdomea';

interface Line {
  readonly text: string;
  readonly below: readonly Line[];
}

/** The message and what is in it, one line each; sizes where there is a package. */
export function treeText(tree: MessageTree, files: readonly PackageEntry[] | undefined): string {
  const { version, name, prozessId, createdAt, absender, empfaenger, objekte } = tree;
  const sizes = files && new Map(files.map((file) => [file.name, file.size]));
  const named = new Set<string>();
  const record = (node: TreeNode): Line => ({
    text: [
      node.kind,
      node.kennzeichen,
      node.betreff && `„${node.betreff}“`,
      node.typ && `(${node.typ})`,
      node.id && `[${node.id}]`,
    ]
      .filter(Boolean)
      .join(' '),
    below: [
      ...node.dateien.map(({ dateiname, original, code, version: format }) => {
        named.add(dateiname);
        const kind = (code && version.codelists.dateiformat.entries.get(code)) ?? code;
        const size = sizes && (sizes.has(dateiname) ? bytes(sizes.get(dateiname)!) : 'FEHLT IM PAKET');
        const parts = [kind && `${kind}${format ? ` ${format}` : ''}`, size, original && `Original: ${original}`];
        return { text: `${dateiname}  ${parts.filter(Boolean).join(', ')}`.trimEnd(), below: [] };
      }),
      ...node.children.map(record),
    ],
  });
  const lines = objekte.map(({ kind, texts, nodes }): Line => ({
    text: [kind, ...texts.map(({ name: label, value }) => `${label}=${value}`)].join('  '),
    below: nodes.filter((node) => node.kind !== kind).map(record),
  }));
  // An object that is the record itself, such as an Anschreiben.
  const whole = objekte.map(({ kind, nodes }, index) => {
    const own = nodes.find((node) => node.kind === kind);
    return own ? record(own) : lines[index]!;
  });
  const others = (files ?? []).filter(({ name: file }) => !named.has(file));
  const unnamed: Line[] =
    others.length === 0
      ? []
      : [
          {
            text: 'Dateien, die die Nachricht nicht nennt',
            below: others.map(({ name: file, size }) => ({ text: `${file}  ${bytes(size)}`, below: [] })),
          },
        ];
  const head = [
    `xdomea ${version.id}  ${name}`,
    prozessId && `ProzessID ${prozessId}`,
    createdAt && `erstellt ${createdAt}`,
    (absender ?? empfaenger) && `${absender ?? '?'} → ${empfaenger ?? '?'}`,
  ].filter((line) => typeof line === 'string' && line !== '') as string[];
  return [...head.map(onOneLine), ...draw([...whole, ...unnamed], '')].join('\n');
}

function draw(lines: readonly Line[], indent: string): string[] {
  return lines.flatMap(({ text, below }, index) => {
    const last = index === lines.length - 1;
    return [`${indent}${last ? '└─' : '├─'} ${onOneLine(text)}`, ...draw(below, `${indent}${last ? '   ' : '│  '}`)];
  });
}

/** So that no text can pretend to be another line. */
export const onOneLine = (text: string) => text.replaceAll(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ');

/** A size as people say it. */
export function bytes(size: number): string {
  const units = ['Byte', 'kB', 'MB', 'GB', 'TB'];
  const power = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString('de-DE', { maximumFractionDigits: digits })} ${units[power]!}`;
}
