/** Every request that the vendors' pages print, answered as they print it. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { testTranscripts } from './run-transcripts.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

for (const { name } of DIALECTS) testTranscripts(join(HERE, name));
