// Loaded before the program (NODE_OPTIONS=--import=/path/to/register.mjs): registers the SDK that the program's spans go
// to. It reads the OTEL_* variables and exports by OTLP over HTTP. Install its package beside this file.
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
// What is still in memory when the program has stopped.
process.once('beforeExit', () => sdk.shutdown());
