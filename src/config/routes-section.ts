/** `routes`: which carriers are asked, in order, for a channel and destination. Choosing among them is core/routing.ts. */
import { type Static, Type } from 'typebox';
import type { MessageChannel } from '../core/channel.ts';
import { isCountry } from '../core/phone-number.ts';
import type { Route } from '../core/routing.ts';
import { AMOUNT_FAULT, amountSchema, toMicros } from './amount.ts';
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
      country: Type.Optional(
        Type.String({
          pattern: '^[A-Z]{2}$',
          description: 'Numbers of this ISO 3166-1 country, such as IN.',
        }),
      ),
      tenant: Type.Optional(
        Type.String({
          format: 'uuid',
          description: 'Messages of this tenant. Comes before every other condition.',
        }),
      ),
      sender: Type.Optional(
        Type.Enum(['alphanumeric', 'numeric'], {
          description: 'Messages whose sender is a name, or a number.',
        }),
      ),
      choose: Type.Optional(
        Type.Enum(['in-order', 'weighted', 'cheapest'], {
          description: 'Which of the carriers is asked first. Absent: in-order.',
        }),
      ),
      carriers: Type.Array(
        Type.Union(
          [
            Type.String(),
            Type.Object(
              {
                name: Type.String(),
                weight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1000 })),
                cost: Type.Optional(amountSchema('What it takes for a segment, call or e-mail.')),
              },
              { additionalProperties: false },
            ),
          ],
          {
            patternErrorMessage:
              'must be the name of a carrier, or a map of its name, weight and cost such as 0.0042',
          },
        ),
        {
          minItems: 1,
          maxItems: 10,
          description: 'Names of carriers, the first preferred; or with a weight or cost to choose by.',
        },
      ),
    },
    { additionalProperties: false },
  ),
  {
    maxItems: 1000,
    description:
      'Which carriers are asked, in order. For a channel without a route: every carrier that has it, in the order of the file.',
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
  const given = section as Static<typeof routesSchema>;
  const routes = given.map(toRoute);
  const found = [
    ...given.flatMap(findCostFaults),
    ...findRepeats(routes),
    ...routes.flatMap((route, index) => findRouteFaults(route, index, carriers)),
  ];
  return { value: routes, faults: found };
}

function toRoute(route: Static<typeof routesSchema>[number]): Route {
  return {
    ...route,
    carriers: route.carriers.map((carrier) =>
      typeof carrier === 'string'
        ? { id: carrier }
        : {
            id: carrier.name,
            ...(carrier.weight !== undefined && { weight: carrier.weight }),
            ...(carrier.cost !== undefined && { costMicros: toMicros(carrier.cost) }),
          },
    ),
  };
}

function findCostFaults({ carriers }: Static<typeof routesSchema>[number], index: number): readonly Fault[] {
  return carriers.flatMap((carrier, position) =>
    typeof carrier === 'string' || carrier.cost === undefined || toMicros(carrier.cost) !== undefined
      ? []
      : [{ path: toPath(['routes', index, 'carriers', position, 'cost']), problem: AMOUNT_FAULT }],
  );
}

/**
 * Routes for the channels that none is given for: every carrier that has the channel, in the order of the file. Where
 * there are real carriers no message of a live key goes to a simulated one unless a route says so.
 */
export function withDefaultRoutes(
  given: readonly Route[],
  carriers: readonly CarrierConfig[],
): readonly Route[] {
  const real = carriers.filter(({ isSimulated }) => !isSimulated);
  const usual = real.length > 0 ? real : carriers;
  const added = MESSAGE_CHANNELS.flatMap((channel) => {
    const able = usual.filter(({ channels }) => channels.includes(channel));
    const isRouted = given.some((route) => route.channel === channel);
    return isRouted || able.length === 0 ? [] : [{ channel, carriers: able.map(({ id }) => ({ id })) }];
  });
  return [...given, ...added];
}

function findRouteFaults(
  { channel, prefix, country, carriers: chosen }: Route,
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
  if (country !== undefined && !isCountry(country)) {
    faults.push({ path: toPath(['routes', index, 'country']), problem: 'is no country that has numbers' });
  }
  const names = chosen.map(({ id }) => id);
  for (const [position, name] of names.entries()) {
    if (names.indexOf(name) === position) continue;
    faults.push({ path: toPath(['routes', index, 'carriers', position]), problem: `names "${name}" again` });
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
  return routes.flatMap(({ channel, prefix, country, tenant, sender }, index) => {
    const place = JSON.stringify([channel, prefix, country, tenant, sender]);
    const earlier = seen.get(place);
    if (earlier === undefined) seen.set(place, index);
    return earlier === undefined
      ? []
      : [{ path: toPath(['routes', index]), problem: `has the conditions of routes[${earlier}]` }];
  });
}
