import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { rules } from './architecture/rules.ts';
import { readCheckout, readFixture } from './architecture/tree.ts';

const checkout = readCheckout(fileURLToPath(new URL('..', import.meta.url)));
const fixture = (name: string) => readFixture(fileURLToPath(new URL(`fixtures/architecture/${name}`, import.meta.url)));

/** What each rule must find in the fixture of its name: places only, one per finding. */
const found: Readonly<Record<string, readonly string[]>> = {
  tags: [
    'libs/alien/package.json:1',
    'libs/both/package.json:1',
    'libs/high/package.json:1',
    'libs/none/package.json:1',
    'libs/old/package.json:1',
    'libs/public/package.json:1',
    'services/floored/package.json:1',
    'services/good/package.json:1',
  ],
  floors: [
    'libs/beside/package.json:1',
    'libs/beside/src/index.ts:1',
    'libs/low/src/index.ts:1',
    'libs/low/src/index.ts:2',
    'libs/low/src/index.ts:3',
    'libs/low/src/low.test.ts:1',
    'libs/low/src/self.ts:1',
    'services/all-in-one/src/cli/cli.ts:1',
    'services/export/src/index.ts:1',
    'services/intake/package.json:1',
  ],
  'declared-dependencies': [
    'libs/a/src/a.test.ts:2',
    'libs/a/src/index.ts:2',
    'libs/a/src/index.ts:3',
    'libs/a/src/index.ts:5',
    'libs/a/src/index.ts:6',
    'libs/b/src/index.ts:1',
  ],
  'public-entries': ['libs/b/src/index.ts:3', 'libs/b/src/index.ts:4'],
  'contract-suites': ['libs/a/src/index.ts:1'],
  vendors: [
    'libs/messaging/src/bus.ts:1',
    'libs/messaging/src/bus.ts:2',
    'libs/store/src/index.ts:1',
    'libs/store/src/index.ts:2',
    'services/intake/src/upload.ts:1',
    'services/intake/src/upload.ts:2',
  ],
  environment: [
    'libs/a/src/a.ts:1',
    'libs/a/src/a.ts:2',
    'libs/a/src/a.ts:3',
    'libs/a/src/a.ts:4',
    'services/all-in-one/src/cli/cli.ts:1',
  ],
  'host-process': ['libs/a/src/a.ts:1', 'libs/a/src/a.ts:2', 'services/intake/src/intake.ts:1'],
  'top-folders': ['scripts:1'],
  'file-names': [
    'libs/a/migrations/payment.sql:1',
    'libs/a/src/Payments.ts:1',
    'libs/a/src/a.spec.ts:1',
    'libs/a/src/constants.ts:1',
    'libs/a/src/date-utils.ts:1',
    'libs/a/src/date.util.ts:1',
    'libs/a/src/payment.dto.ts:1',
    'libs/a/src/payment.service.ts:1',
    'libs/a/src/payment.types.ts:1',
    'libs/a/src/paymentProvider.ts:1',
    'libs/a/src/payment_row.ts:1',
    'libs/a/src/utils.ts:1',
  ],
  'folder-names': [
    'services/a/src/Shared:1',
    'services/a/src/common:1',
    'services/a/src/domain:1',
    'services/a/src/kafka/utils:1',
  ],
  'type-names': ['libs/a/src/a.ts:1', 'libs/a/src/a.ts:4', 'libs/a/src/a.ts:5'],
  'mutable-state': [1, 2, 7, 12, 13, 14, 15, 16, 20, 21, 25].map((line) => `libs/a/src/a.ts:${line}`),
  'named-exports': ['libs/a/src/index.ts:3', 'libs/a/src/index.ts:4'],
  'file-lengths': ['libs/a/migrations/0001-long.sql:401', 'libs/a/src/long.ts:401'],
  'three-hops': [
    'services/a/src/accepted.handler.ts:1',
    'services/a/src/accepted.handler.ts:3',
    'services/a/src/things.controller.ts:1',
  ],
  schemas: [
    'libs/delivery/src/rows.ts:1',
    'services/dms-export/migrations/0001-delivery.sql:2',
    'services/dms-export/src/rows.repository.ts:3',
    'services/dms-export/src/rows.repository.ts:4',
    'services/dms-export/src/rows.repository.ts:5',
    'services/dms-export/src/rows.repository.ts:9',
  ],
  'machine-paths': ['README.md:1', 'libs/a/src/a.ts:1'],
  'registry-hosts': ['package-lock.json:1'],
  'private-keys': ['deploy/tls.pem:1', 'libs/a/src/a.ts:1', 'libs/a/src/a.ts:5'],
};

describe('the architecture', () => {
  test.each(Object.entries(rules))('%s: holds', (_, rule) => {
    expect(rule(checkout)).toEqual([]);
  });
});

describe('a rule', () => {
  test.each(Object.entries(rules))('%s: finds what breaks it, and nothing else', (name, rule) => {
    const broken = rule(fixture(name)).map((one) => one.slice(0, one.indexOf(' ')));
    expect(broken.toSorted()).toEqual([...(found[name] ?? [])].toSorted());
    expect(broken).not.toEqual([]);
  });

  test.each(Object.entries(rules))('%s: leaves alone what is allowed', (_, rule) => {
    expect(rule(fixture('clean'))).toEqual([]);
  });

  test('reads a checkout that is worth it', () => {
    expect(checkout.packages.length).toBeGreaterThan(15);
    expect(checkout.files.filter((file) => file.isTypeScript).length).toBeGreaterThan(50);
  });
});
