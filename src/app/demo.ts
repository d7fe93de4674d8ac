/** A tenant for those who have just installed the program, with lines to paste. It is made once, in an empty database. */
import type { Config } from '../config/config.ts';
import { EngineError } from '../core/errors.ts';
import type { Tenant } from '../core/principal.ts';
import { resolveMounts } from '../dialects/mount.ts';
import { DIALECTS } from '../dialects/registry.ts';
import { createKey, createTenant, type TenantContext } from '../engine/tenants.ts';

/** Of the numbers that are kept for fiction, 555-0100 to 555-0199: nobody's, and none of the handset's magic ones. */
const FIRST_EXAMPLE_NUMBER = 14_155_550_123;

const DEMO_TENANT = { name: 'Demo', email: 'demo@otpost.example' };

/** @returns the text to print, which holds the secret; undefined where no demo is due */
export async function makeDemo(
  config: Config,
  context: TenantContext,
  url: string,
): Promise<string | undefined> {
  if (config.demo === 'off' || config.namesCarriers || !config.roles.api) return undefined;
  if ((await context.store.listTenants()).length > 0) return undefined;
  const tenant = await createTenant(context, DEMO_TENANT).catch((error: unknown) => {
    // Another process, started at the same moment, makes it.
    if (error instanceof EngineError && error.code === 'conflict') return undefined;
    throw error;
  });
  if (!tenant) return undefined;
  const { secret } = await createKey(context, { tenantId: tenant.id });
  return describeDemo(config, tenant, secret, url);
}

function describeDemo(config: Config, tenant: Tenant, secret: string, url: string): string {
  const { id: tenantId, email } = tenant;
  const examples = resolveMounts(DIALECTS, config.dialects)
    .filter(({ host }) => host === undefined)
    .map(({ dialect, prefix }, index) => {
      const { name, title } = dialect;
      const [baseUrl, to] = [url + prefix, `+${FIRST_EXAMPLE_NUMBER + index}`];
      const line = dialect.exampleCurl({ baseUrl, tenantId, email, secret, to });
      return { name, title, baseUrl, to, line };
    });
  const native = examples.find(({ name }) => name === 'native');
  const others = examples.filter((example) => example !== native);
  return [
    'A demo tenant was made. Its secret is shown this once:',
    '',
    `  tenant  ${tenantId}`,
    `  e-mail  ${email}`,
    `  secret  ${secret}`,
    ...(native ? ['', ...describeWalk(native, secret, url)] : []),
    ...(others.length > 0 ? ['', 'The same tenant by other APIs:'] : []),
    ...others.flatMap(({ title, line }) => ['', `  # ${title}`, `  ${toQuiet(line)}; echo`]),
    '',
    `API descriptions: ${url}/docs`,
  ].join('\n');
}

/** Lines for any POSIX shell with curl: what each prints is what the next one needs. */
function describeWalk(
  { baseUrl, line, to }: { readonly baseUrl: string; readonly line: string; readonly to: string },
  secret: string,
  url: string,
): readonly string[] {
  const pick = (name: string) => `grep -o '"${name}":"[^"]*"' | head -1 | cut -d '"' -f 4`;
  const inbox = `${url}/handset/messages?to=${encodeURIComponent(to)}`;
  const headers = `-H 'Authorization: Bearer ${secret}' -H 'Content-Type: application/json'`;
  return [
    'Start a verification:',
    '',
    `  ID=$(${toQuiet(line)} | ${pick('id')}); echo "$ID"`,
    '',
    `See the message arrive on a phone in your browser: ${url}/handset`,
    'Or read its code here:',
    '',
    `  CODE=$(curl -s '${inbox}' | ${pick('code')}); echo "$CODE"`,
    '',
    'Check the code:',
    '',
    `  curl -s ${baseUrl}/verifications/$ID/checks ${headers} -d "{\\"code\\":\\"$CODE\\"}"; echo`,
  ];
}

/** Without curl's table of what it has read, which stands between the lines of a terminal. */
function toQuiet(line: string): string {
  return line.replace(/^curl /, 'curl -s ');
}
