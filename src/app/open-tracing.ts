/** Finds the tracer that the operator registered, where the settings ask for traces. Nothing of it is loaded otherwise. */
import type { Config } from '../config/config.ts';
import { EngineError } from '../core/errors.ts';
import { noTracing, type Tracing } from '../lib/tracing.ts';
import { StartupError } from './startup-error.ts';

/** @throws StartupError where traces are wanted and would go nowhere */
export async function openTracing({ traces }: Pick<Config, 'traces'>): Promise<Tracing> {
  if (traces === 'off') return noTracing;
  const { createOpenTelemetryTracing } = await import('../lib/open-telemetry.ts');
  const tracing = createOpenTelemetryTracing(isFailure);
  if (tracing) return tracing;
  throw new StartupError(
    'OTPOST_TRACES is on, but no tracer is registered: load an OpenTelemetry SDK with NODE_OPTIONS=--import=FILE, or set it to off',
  );
}

/** Refusals are answers. */
function isFailure(error: unknown): boolean {
  return !(error instanceof EngineError) || error.code === 'internal' || error.code === 'overloaded';
}
