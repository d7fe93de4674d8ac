/** `alarms`: when a tenant's wrong codes are told of. Counting them is engine/watch-failures.ts. */
import { type Static, Type } from 'typebox';
import { DEFAULT_FAILURE_ALARM, type FailureAlarm } from '../core/failure-alarm.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export interface AlarmsConfig {
  /** Absent: switched off. */
  readonly wrongCodes?: FailureAlarm;
}

/** A day: what is spread wider is no alarm any more but a report. */
const WINDOW_SECONDS_MAX = 86_400;

export const alarmsSchema = Type.Object(
  {
    wrongCodes: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(Type.Boolean({ description: 'false switches it off.' })),
          max: Type.Optional(
            Type.Integer({
              minimum: 2,
              maximum: 1_000_000_000,
              description: `The wrong code of a tenant within the window that trips it. Default: ${DEFAULT_FAILURE_ALARM.max}.`,
            }),
          ),
          windowSeconds: Type.Optional(
            Type.Integer({
              minimum: 10,
              maximum: WINDOW_SECONDS_MAX,
              description: `Default: ${DEFAULT_FAILURE_ALARM.windowSeconds}.`,
            }),
          ),
        },
        { additionalProperties: false, description: 'Many wrong codes of one tenant, at whatever numbers.' },
      ),
    ),
  },
  { additionalProperties: false, description: 'What is told of as tenant.failure_alarm.' },
);

export function readAlarms(
  section: unknown,
  { fromEnvironment }: SectionContext,
): SectionResult<AlarmsConfig> {
  const faults = findSchemaFaults(alarmsSchema, section, { segments: ['alarms'], fromEnvironment });
  if (faults.length > 0) return { value: {}, faults };
  const { enabled = true, ...changes } = (section as Static<typeof alarmsSchema>).wrongCodes ?? {};
  return { value: enabled ? { wrongCodes: { ...DEFAULT_FAILURE_ALARM, ...changes } } : {}, faults };
}
