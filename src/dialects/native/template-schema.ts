/** The native API's templates: bodies and replies. What a body may say is checked by the engine, with the place named. */
import { type Static, Type } from 'typebox';
import { closedObject, fields } from './fields.ts';

const BODY_CHARACTERS_MAX = 1600;
const LANGUAGES_MAX = 40;

export const TemplateParams = Type.Object({ name: Type.String() });

export const TemplateBody = closedObject(
  {
    bodies: Type.Unsafe<Readonly<Record<string, string>>>({
      type: 'object',
      minProperties: 1,
      maxProperties: LANGUAGES_MAX,
      propertyNames: { minLength: 2, maxLength: 35 },
      additionalProperties: { type: 'string', minLength: 1, maxLength: BODY_CHARACTERS_MAX },
      description: 'Texts by language tag; each holds {{code}}.',
    }),
    defaultLocale: fields.locale,
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'E-mail only.' })),
    isDefault: Type.Optional(
      Type.Boolean({ description: 'Used where no template is named. Absent: false.' }),
    ),
  },
  { title: 'NewTemplate' },
);
export type TemplateBody = Static<typeof TemplateBody>;

export const TemplateReply = Type.Object(
  {
    name: Type.String(),
    bodies: Type.Record(Type.String(), Type.String()),
    defaultLocale: Type.String(),
    subject: Type.Optional(Type.String()),
    isDefault: Type.Boolean(),
    updatedAt: fields.instant,
  },
  { title: 'Template' },
);
export const TemplateList = Type.Object({ items: Type.Array(TemplateReply) });
