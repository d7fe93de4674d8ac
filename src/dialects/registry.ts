/** Every dialect that there is, one line each. Without its line and its folder, a dialect is gone and nothing else is. */

import { ciam } from './ciam/index.ts';
import type { Dialect } from './dialect.ts';
import { native } from './native/index.ts';
import { oneconnect } from './oneconnect/index.ts';
import { ratio } from './ratio/index.ts';
import { signalwire } from './signalwire/index.ts';
import { zignsec } from './zignsec/index.ts';

export const DIALECTS: readonly Dialect[] = [
  native,
  ciam,
  oneconnect,
  ratio,
  signalwire,
  zignsec, // keeps one line for each
];
