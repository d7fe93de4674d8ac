/** Turns what happened into counters. What has no word here is not counted. */
import type { SubmitOutcome } from '../core/delivery.ts';
import type { Event } from '../core/events.ts';
import type { DispatchObserver } from '../engine/dispatch-messages.ts';
import type { Metrics } from '../lib/metrics.ts';

/** An event says only what its own use case knew. */
const UNSAID = 'unsaid';

export function countEvent(metrics: Metrics, { type, data }: Event): void {
  const [subject, happened = ''] = type.split('.');
  const label = (name: string) => String(data[name] ?? UNSAID);
  const channel = label('channel');
  if (subject === 'message') {
    metrics.count('otpost_messages_total', { carrier: label('carrier'), channel, outcome: happened });
    return;
  }
  if (type === 'tenant.failure_alarm') metrics.count('otpost_failure_alarms_total', {});
  else if (happened === 'check_failed') metrics.count('otpost_checks_total', { outcome: 'incorrect' });
  else if (type === 'device.approved') metrics.count('otpost_checks_total', { outcome: 'approved' });
  else if (subject === 'verification') {
    const outcome = happened === 'created' ? 'started' : happened;
    metrics.count('otpost_verifications_total', { dialect: label('dialect'), channel, outcome });
    if (type === 'verification.approved') metrics.count('otpost_checks_total', { outcome: 'approved' });
  }
}

export function createDispatchObserver(metrics: Metrics): DispatchObserver {
  return {
    submitted: (carrier: string, outcome: SubmitOutcome['kind'], durationMs: number) =>
      metrics.observe('otpost_submit_duration_seconds', { carrier, outcome }, durationMs / 1000),
    waited: (channel, durationMs) =>
      metrics.observe('otpost_accept_to_submit_seconds', { channel }, durationMs / 1000),
  };
}
