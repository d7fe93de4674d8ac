// The arrows of ARCHITECTURE.md, as rules. A test file may import what its subject may not: it wires things up.
const test = '\\.test\\.ts$';
const sibling = (kind, shared = []) => ({
  name: `${kind}-never-imports-its-sibling`,
  severity: 'error',
  from: { path: `^src/${kind}/([^/]+)/`, pathNot: test },
  to: { path: `^src/${kind}/([^/]+)/`, pathNot: [`^src/${kind}/$1/`, ...shared] },
});
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: test },
  to: { path: '^src/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only('core-imports-nothing', '^src/core/', []),
    only('smpp-imports-nothing', '^src/smpp/', []),
    only('smsc-imports-smpp', '^src/smsc/', ['^src/smpp/', '^src/lib/']),
    only('lib-imports-nothing', '^src/lib/', []),
    only('engine-imports-core', '^src/engine/', ['^src/core/', '^src/lib/']),
    only('store-implements-ports', '^src/store/', ['^src/engine/ports(\\.ts$|/)', '^src/core/', '^src/lib/']),
    only('carriers-implement-ports', '^src/carriers/', [
      '^src/engine/ports(\\.ts$|/)',
      '^src/core/',
      '^src/lib/',
      '^src/smpp/',
    ]),
    only('webhooks-implement-ports', '^src/webhooks/', [
      '^src/engine/ports(\\.ts$|/)',
      '^src/core/',
      '^src/lib/',
    ]),
    only('http-calls-the-engine', '^src/http/', [
      '^src/engine/engine\\.ts$',
      // Receipts over HTTP go from a carrier's port to the sink; the server is only their way in.
      '^src/engine/ports/receipt-source\\.ts$',
      '^src/core/',
      '^src/lib/',
    ]),
    only('dialects-call-the-engine', '^src/dialects/', [
      '^src/engine/engine\\.ts$',
      '^src/http/',
      '^src/core/',
      '^src/lib/',
    ]),
    only('config-reads-definitions', '^src/config/', ['^src/core/', '^src/lib/']),
    sibling('dialects'),
    // The kit is no carrier: it holds what aggregators' carriers do alike, and imports none of them (next rule).
    sibling('carriers', ['^src/carriers/kit/']),
    {
      name: 'kit-knows-no-carrier',
      severity: 'error',
      from: { path: '^src/carriers/kit/', pathNot: test },
      to: {
        path: '^src/carriers/',
        pathNot: ['^src/carriers/kit/', '^src/carriers/carrier-kind\\.ts$'],
      },
    },
    sibling('store'),
    {
      name: 'only-composition-roots-import-app',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/app(\\.ts$|/)', '^src/cli/', test] },
      to: { path: ['^src/(app|main)\\.ts$', '^src/app/'] },
    },
    {
      name: 'only-main-and-the-command-line-import-the-app-itself',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/cli/', test] },
      to: { path: ['^src/(app|main)\\.ts$', '^src/cli/'] },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { dependencyTypes: ['npm-dev', 'npm-unknown', 'npm-no-pkg'] },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
