import { describe, expect, test } from '@jest/globals';
import { identitySettings } from './config.ts';

describe('the public address of the identity service', () => {
  const isTaken = (url: string) => identitySettings.safeParse({ HUB_IDENTITY_PUBLIC_URL: url }).success;

  test('is an origin: a path would not be part of what the OpenID Provider hears', () => {
    expect(['https://hub.example', 'https://hub.example/', 'http://127.0.0.1:8080'].map(isTaken)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['https://hub.example/x', 'ftp://hub.example', 'hub.example', ''].map(isTaken)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
