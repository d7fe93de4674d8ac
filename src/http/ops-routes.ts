/**
 * What machines ask about the server itself: is it alive, is it ready, what does it count. No credentials: the answers
 * name parts and numbers, never tenants, and an operator keeps these paths from the outside where that matters.
 */
import type { Telemetry } from '../lib/telemetry.ts';
import type { HttpScope } from './http-scope.ts';

/** One thing that must work for the server to be of use, and one that only should. */
export interface ReadinessCheck {
  readonly name: string;
  /** A failed check that is not required is reported, but the server stays ready. */
  readonly isRequired: boolean;
  /** Rejects or resolves to a fault where it is not well; the text is shown. */
  probe(): Promise<string | undefined>;
}

export interface OpsDeps {
  readonly checks: readonly ReadinessCheck[];
  readonly telemetry: Pick<Telemetry, 'expose'>;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'unready';
  readonly checks: readonly {
    readonly name: string;
    readonly status: 'ok' | 'degraded' | 'failed';
    readonly detail?: string;
  }[];
}

export function addOpsRoutes(app: HttpScope, { checks, telemetry }: OpsDeps): void {
  app.get('/healthz', async () => ({ status: 'alive' }));

  app.get('/readyz', async (_request, reply) => {
    const report = await runChecks(checks);
    reply.code(report.status === 'ready' ? 200 : 503).header('cache-control', 'no-store');
    return report;
  });

  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await telemetry.expose();
    reply.type(contentType);
    return body;
  });
}

async function runChecks(checks: readonly ReadinessCheck[]): Promise<ReadinessReport> {
  let isReady = true;
  const results = await Promise.all(
    checks.map(async ({ name, isRequired, probe }) => {
      const detail = await faultOf(probe);
      if (detail === undefined) return { name, status: 'ok' } as const;
      if (isRequired) isReady = false;
      return { name, status: isRequired ? 'failed' : 'degraded', detail } as const;
    }),
  );
  return { status: isReady ? 'ready' : 'unready', checks: results };
}

/** What a database driver throws may quote addresses of machines; the name of the fault is enough for a monitor. */
async function faultOf(probe: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await probe();
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    return typeof code === 'string' ? code : 'not reachable';
  }
}
