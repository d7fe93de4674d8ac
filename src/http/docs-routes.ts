/**
 * `/docs`, where people browse and try the APIs, and the OpenAPI documents behind it. All that the page needs comes
 * from this server: its policy lets a browser fetch nothing from anywhere else.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { HttpScope } from './http-scope.ts';
import type { OpenapiDocument } from './openapi.ts';
import { TransportError } from './request-fault.ts';

export interface DocumentedApi {
  readonly name: string;
  readonly title: string;
  readonly document: () => OpenapiDocument;
}

/** The one that `/openapi.json` means and `/docs` opens with. */
const MAIN_API = 'native';

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
};

/** Swagger UI writes inline styles and draws with data: images; scripts are files only. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function addDocsRoutes(app: HttpScope, apis: readonly DocumentedApi[]): void {
  const ordered = [...apis].sort((a, b) => Number(b.name === MAIN_API) - Number(a.name === MAIN_API));
  for (const { name, document } of ordered) {
    app.get(`/openapi/${name}.json`, async () => document());
    if (name === MAIN_API) app.get('/openapi.json', async () => document());
  }
  const page = toPage(ordered);
  const start = toStartScript(ordered);

  // Where a person lands who opens the address that the start prints.
  app.get('/', async (_request, reply) => reply.redirect('docs'));
  app.get('/docs', async (_request, reply) => {
    reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY);
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    return page;
  });
  app.get('/docs/start.js', async (_request, reply) => {
    reply.type('text/javascript; charset=utf-8').header('x-content-type-options', 'nosniff');
    return start;
  });
  app.get<{ Params: { file: string } }>('/docs/assets/:file', async (request, reply) => {
    const { file } = request.params;
    const type = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined;
    if (type === undefined) throw new TransportError('path_unknown', 'no such asset');
    const path = join(assetFolder(), file);
    // Streamed, not kept: the bundle is larger than all else that the server holds.
    const { size } = await stat(path);
    reply.type(type).header('content-length', size).header('cache-control', 'public, max-age=86400');
    reply.header('x-content-type-options', 'nosniff');
    return reply.send(createReadStream(path));
  });
}

/** Where the npm package keeps the browser's files. */
function assetFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('@fastify/swagger-ui/package.json')), 'static');
}

function toPage(apis: readonly DocumentedApi[]): string {
  const links = apis.map(
    ({ name, title }) => `<li><a href="openapi/${name}.json">${escapeHtml(title)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Otpost</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body style="margin: 0">
<div id="swagger-ui"><p>The descriptions as files:</p><ul>${links.join('')}</ul></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/swagger-ui-standalone-preset.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
}

/** `validatorUrl: null` keeps Swagger UI from sending the document to its makers' validator. */
function toStartScript(apis: readonly DocumentedApi[]): string {
  const urls = apis.map(({ name, title }) => ({ url: `openapi/${name}.json`, name: title }));
  return `SwaggerUIBundle({
  dom_id: '#swagger-ui',
  urls: ${JSON.stringify(urls)},
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
});
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
