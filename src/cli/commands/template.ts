import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { EngineError } from '../../core/errors.ts';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';

interface TenantOption extends JsonOption {
  readonly tenant?: string;
}
interface SetOptions extends TenantOption {
  readonly body: Readonly<Record<string, string>>;
  readonly defaultLocale?: string;
  readonly subject?: string;
  readonly default?: boolean;
}

const TENANT_WORDS = 'whose template, by id or e-mail address; needed where there are several tenants';

export function addTemplate(program: Command, io: CliIo): void {
  const template = program.command('template').description('texts of code messages, stored for a tenant');
  template
    .command('set')
    .description('store a text of code messages, in place of one of that name')
    .argument('<name>', 'what callers name it')
    .requiredOption(
      '--body <locale=text>',
      'a text with {{code}}, and {{brand}} or {{minutes}}; =@FILE reads it; once for each language',
      collectBody,
    )
    .option(
      '--default-locale <locale>',
      'the language where the asked one is not there; the first unless told',
    )
    .option('--subject <text>', 'of e-mails, without the code')
    .option('--default', 'use it where a caller names no template')
    .option('--tenant <tenant>', TENANT_WORDS)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  $ otpost template set login --body 'en={{code}} is your code for {{brand}}.' --body de=@de.txt\n  $ otpost template set login --body 'en={{code}}' --default --tenant ops@acme.example",
    )
    .action((name: string, options: SetOptions) => setOne(io, name, options));
  template
    .command('list')
    .description('show the stored templates of a tenant; those of the config file are not among them')
    .option('--tenant <tenant>', TENANT_WORDS)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost template list --tenant ops@acme.example')
    .action((options: TenantOption) => listAll(io, options));
  template
    .command('delete')
    .description('remove a stored template')
    .argument('<name>', 'as `otpost template list` shows it')
    .option('--tenant <tenant>', TENANT_WORDS)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost template delete login --tenant ops@acme.example')
    .action((name: string, options: TenantOption) => deleteOne(io, name, options));
}

function collectBody(
  text: string,
  bodies: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, locale, body] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (locale === undefined || body === undefined)
    throw new InvalidArgumentError('Write a language tag, =, and the text.');
  return { ...bodies, [locale]: body.startsWith('@') ? readText(body.slice(1)) : body };
}

/** The line break that editors put at the end is no part of the text. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new InvalidArgumentError(`${path} cannot be read (${reason}).`);
  }
}

async function setOne(io: CliIo, name: string, options: SetOptions): Promise<void> {
  const { operatorOf, withEngine } = await import('../with-engine.ts');
  await withEngine(io, { sends: false }, async ({ engine, store }) => {
    const { body: bodies, subject, default: isDefault = false } = options;
    const [first] = Object.keys(bodies);
    if (first === undefined) throw new EngineError('invalid_template', 'A template has a text.');
    const template = await engine.saveTemplate(await operatorOf(store, options.tenant), {
      ...{ name, bodies, isDefault, defaultLocale: options.defaultLocale ?? first },
      ...(subject !== undefined && { subject }),
    });
    const languages = Object.keys(template.bodies);
    print(io, options, { template: { name, languages, isDefault } }, `${name} is stored`);
  });
}

async function listAll(io: CliIo, options: TenantOption): Promise<void> {
  const { operatorOf, withEngine } = await import('../with-engine.ts');
  await withEngine(io, { sends: false }, async ({ engine, store }) => {
    const found = await engine.listTemplates(await operatorOf(store, options.tenant));
    const templates = found.map(({ name, bodies, defaultLocale, subject, isDefault }) => ({
      ...{ name, bodies, defaultLocale, isDefault },
      ...(subject !== undefined && { subject }),
    }));
    const lines = templates.map(
      ({ name, bodies, isDefault }) =>
        `${name}  ${Object.keys(bodies).join(', ')}${isDefault ? '  (default)' : ''}`,
    );
    print(io, options, { templates }, lines.length > 0 ? lines.join('\n') : 'no templates');
  });
}

async function deleteOne(io: CliIo, name: string, options: TenantOption): Promise<void> {
  const { operatorOf, withEngine } = await import('../with-engine.ts');
  await withEngine(io, { sends: false }, async ({ engine, store }) => {
    await engine.deleteTemplate(await operatorOf(store, options.tenant), name);
    print(io, options, { deleted: true }, 'deleted');
  });
}
