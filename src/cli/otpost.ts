/** The command line. */
import { serve } from '../main.ts';

await serve({ pretty: process.argv.includes('--pretty') });
