import { afterAll, beforeAll } from '@jest/globals';
import type { RunningHost } from '@ozg-hub/runtime';
import { describeAttacks } from './login-attacks.ts';
import { describeLogins } from './login-cases.ts';
import { describeFailures } from './login-failures.ts';
import { LoginGround } from './login-ground.ts';
import { describeLimits } from './login-limits.ts';
import { describeProviders } from './login-providers.ts';

let ground: LoginGround;
let second: RunningHost;

beforeAll(async () => {
  ground = await LoginGround.start();
  second = await ground.another();
}, 60_000);
afterAll(async () => {
  await second?.stop();
  await ground?.stop();
});

// One hub for all of them: it takes longer to start than a login.
describeLogins(() => ground);
describeProviders(() => ground);
describeLimits(() => ground);
describeFailures(() => ground);
describeAttacks(
  () => ground,
  () => second,
);
