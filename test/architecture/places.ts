import { type Finding, type Tree, finding } from './tree.ts';

/** Folders of one machine. An ellipsis or a bracket after the folder is an example, not a path. */
const MACHINE = /(?<![\w.@-])(?:\/(?:home|Users)\/[a-z][\w.-]*|\/(?:root|work)|[A-Z]:\\Users\\\w+)[\\/]/;

/** Hosts that packages or images come from: which one is the builder's choice, not the project's. */
const REGISTRY =
  /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\b|\bnpm\.pkg\.github\b|\bpypi\.org\b|\brepo1?\.maven\b|\bproxy\.golang\b/;

/** First line of one in PEM, with nothing behind it or an escaped line break. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\\n|\s*$)/m;

/** Nothing that is kept names a developer's machine. */
export function machinePaths(tree: Tree): Finding[] {
  return search(tree, MACHINE, 'names a path of one machine');
}

/** Nothing that is kept names the host packages come from; the lock file neither. */
export function registryHosts(tree: Tree): Finding[] {
  return search(tree, REGISTRY, 'names a host of a package registry');
}

/** Nothing that is kept is a private key: tests make theirs when they start. */
export function privateKeys(tree: Tree): Finding[] {
  return search(tree, PRIVATE_KEY, 'holds a private key');
}

function search(tree: Tree, pattern: RegExp, message: string): Finding[] {
  return tree.files.flatMap((file) => {
    if (!pattern.test(file.text)) return [];
    return file.text.split('\n').flatMap((line, at) => (pattern.test(line) ? [finding(file, at + 1, message)] : []));
  });
}
