/** `/templates`: the tenant's own texts in place of the built-in ones. */
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import type { DialectContext } from '../dialect.ts';
import { fromTemplate, toTemplateInput } from './mapping.ts';
import { TemplateBody, TemplateList, TemplateParams, TemplateReply } from './template-schema.ts';

const tags = ['Templates'];

export function addTemplateRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const save = {
    schema: {
      tags,
      summary: 'Make or replace a template',
      params: TemplateParams,
      body: TemplateBody,
      response: { 200: TemplateReply },
    },
  };
  scope.put('/templates/:name', save, async (request) => {
    const input = toTemplateInput(request.params.name, request.body);
    return fromTemplate(await engine.saveTemplate(principalOf(request), input));
  });

  const get = {
    schema: {
      tags,
      summary: 'Read a template',
      params: TemplateParams,
      response: { 200: TemplateReply },
    },
  };
  scope.get('/templates/:name', get, async (request) =>
    fromTemplate(await engine.getTemplate(principalOf(request), request.params.name)),
  );

  const list = {
    schema: { tags, summary: 'List all templates', response: { 200: TemplateList } },
  };
  scope.get('/templates', list, async (request) => {
    const templates = await engine.listTemplates(principalOf(request));
    return { items: templates.map(fromTemplate) };
  });

  const remove = {
    schema: {
      tags,
      summary: 'Delete a template',
      params: TemplateParams,
      response: { 204: { type: 'null', description: 'Deleted' } },
    },
  };
  scope.delete('/templates/:name', remove, async (request, reply) => {
    await engine.deleteTemplate(principalOf(request), request.params.name);
    reply.code(204);
  });
}
