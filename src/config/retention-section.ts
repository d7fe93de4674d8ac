/** `retention`: how long finished things are kept. What is deleted and when is engine/sweep.ts. */
import { type Static, Type } from 'typebox';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export interface RetentionConfig {
  readonly finishedDays?: number;
  readonly receiptWaitHours?: number;
  readonly parkedMinutes?: number;
}

export const retentionSchema = Type.Object(
  {
    finishedDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3650,
        description: 'Finished verifications, messages and events stay readable this long. Default: 30.',
      }),
    ),
    receiptWaitHours: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 168,
        description:
          'An accepted message waits this long for its receipt, then ends unconfirmed. Default: 48.',
      }),
    ),
    parkedMinutes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1440,
        description: 'A receipt of an unknown message is kept this long. Default: 60.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How long things are kept.' },
);

export function readRetention(
  section: unknown,
  { fromEnvironment }: SectionContext,
): SectionResult<RetentionConfig> {
  const faults = findSchemaFaults(retentionSchema, section, { segments: ['retention'], fromEnvironment });
  return { value: faults.length > 0 ? {} : (section as Static<typeof retentionSchema>), faults };
}
