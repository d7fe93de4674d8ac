/** `routes`: which carriers are asked, in order, for a channel and destination. Choosing among them is core/routing.ts. */
import { type Static, Type } from 'typebox';
import type { MessageChannel } from '../core/channel.ts';
import type { Route } from '../core/routing.ts';
import type { CarrierConfig } from './carriers-section.ts';
import { suggest } from './did-you-mean.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

const MESSAGE_CHANNELS = ['sms', 'voice', 'email'] as const satisfies readonly MessageChannel[];

export const routesSchema = Type.Array(
  Type.Object(
    {
      channel: Type.Enum([...MESSAGE_CHANNELS], { description: 'sms, voice or email.' }),
      prefix: Type.Optional(
        Type.String({
          pattern: '^\\+[1-9][0-9]{0,14}$',
          patternErrorMessage: 'must be a + and digits, in quotation marks, such as "+91"',
          description:
            'First characters of the numbers that it is for; the longest match wins. Absent: every number.',
        }),
      ),
      carriers: Type.Array(Type.String(), {
        minItems: 1,
        maxItems: 10,
        uniqueItems: true,
        description: 'Names of carriers, the first preferred.',
      }),
    },
    { additionalProperties: false },
  ),
  {
    maxItems: 1000,
    description: 'Which carriers are asked, in order. Absent: every carrier, in the order of the file.',
  },
);

/** @param carriers all that the config names; undefined where they have faults of their own */
export function readRoutes(
  section: unknown,
  carriers: readonly CarrierConfig[] | undefined,
  { fromEnvironment }: SectionContext,
): SectionResult<readonly Route[]> {
  const faults = findSchemaFaults(routesSchema, section, { segments: ['routes'], fromEnvironment });
  if (faults.length > 0) return { value: [], faults };
  const routes = section as Static<typeof routesSchema> as readonly Route[];
  const found = [
    ...findRepeats(routes),
    ...routes.flatMap((route, index) => findRouteFaults(route, index, carriers)),
  ];
  return { value: routes, faults: found };
}

/** Every carrier for every channel that it has, in the order of the file; a simulated one only where no other has it. */
export function defaultRoutes(carriers: readonly CarrierConfig[]): readonly Route[] {
  return MESSAGE_CHANNELS.flatMap((channel) => {
    const able = carriers.filter(({ channels }) => channels.includes(channel));
    const real = able.filter(({ isSimulated }) => !isSimulated);
    const chosen = (real.length > 0 ? real : able).map(({ id }) => id);
    return chosen.length > 0 ? [{ channel, carriers: chosen }] : [];
  });
}

function findRouteFaults(
  { channel, prefix, carriers: names }: Route,
  index: number,
  carriers: readonly CarrierConfig[] | undefined,
): readonly Fault[] {
  const faults: Fault[] = [];
  if (channel === 'email' && prefix !== undefined) {
    faults.push({
      path: toPath(['routes', index, 'prefix']),
      problem: 'is for numbers, and e-mail has none',
    });
  }
  if (!carriers) return faults;
  for (const [position, name] of names.entries()) {
    const path = toPath(['routes', index, 'carriers', position]);
    const carrier = carriers.find(({ id }) => id === name);
    if (!carrier) {
      const known = carriers.map(({ id }) => id);
      faults.push({ path, problem: `names no carrier: there is no "${name}"${suggest(name, known)}` });
    } else if (!carrier.channels.includes(channel)) {
      faults.push({
        path,
        problem: `cannot send ${channel}: "${name}" (${carrier.kind}) has ${carrier.channels.join(', ')}`,
      });
    }
  }
  return faults;
}

function findRepeats(routes: readonly Route[]): readonly Fault[] {
  const seen = new Map<string, number>();
  return routes.flatMap(({ channel, prefix = '' }, index) => {
    const place = `${channel} ${prefix}`;
    const earlier = seen.get(place);
    if (earlier === undefined) seen.set(place, index);
    return earlier === undefined
      ? []
      : [{ path: toPath(['routes', index]), problem: `has the channel and prefix of routes[${earlier}]` }];
  });
}
