/** What is under deploy/ says what the program takes: its variables, port, paths, files, and the time that it needs to stop. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { DEFINITIONS } from '../../src/app/load-app-config.ts';
import { loadConfig } from '../../src/config/config.ts';
import { VARIABLES } from '../../src/config/env.ts';
import { addOpsRoutes } from '../../src/http/ops-routes.ts';
import { parseMasterSecret } from '../../src/lib/master.ts';
import { createTestServer } from '../support/http-server.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const PORT = Number(VARIABLES.find(({ name }) => name === 'OTPOST_PORT')?.fallback);
/** Ten seconds is what a node may need. */
const STOP_SECONDS_MIN = 15;
/** Of other programs, or of the config file that is shown. */
const OTHER_VARIABLES = /^(POSTGRES_(USER|DB|PASSWORD)|TWILIO_TOKEN)$/;

function assertVariables(names: Iterable<string>): void {
  const known: readonly string[] = VARIABLES.map(({ name }) => name);
  for (const name of names) assert.ok(known.includes(name) || OTHER_VARIABLES.test(name), name);
}

describe('the files of deploy/', () => {
  it('that are YAML can be parsed, without a warning and without a key given twice', () => {
    const paths = globSync('deploy/**/*.yaml', { cwd: ROOT.pathname });
    assert.ok(paths.length >= 7);
    for (const path of paths) {
      for (const document of parseAllDocuments(read(path), { merge: true, uniqueKeys: true })) {
        assert.deepEqual([...document.errors, ...document.warnings], [], path);
      }
    }
  });

  it('name no variable of ours that there is not', () => {
    const paths = globSync('deploy/**/*.{yaml,service}', { cwd: ROOT.pathname });
    for (const path of [...paths, 'deploy/Dockerfile']) {
      assertVariables([...read(path).matchAll(/\bOTPOST_[A-Z_]+\b/g)].map(([name]) => name));
    }
  });

  it('are all named in docs/operating.md', () => {
    const page = read('docs/operating.md');
    const paths = globSync('deploy/**/*.*', { cwd: ROOT.pathname });
    for (const path of paths) {
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      const isNamed =
        page.includes(`(../${path})`) || (folder !== 'deploy/' && page.includes(`(../${folder})`));
      assert.ok(isNamed || path.endsWith('.dockerignore'), path);
    }
  });
});

describe('the image', () => {
  const lines = read('deploy/Dockerfile').split('\n');

  it('copies what there is and what its ignore file lets through, and no tests', () => {
    const ignore = read('deploy/Dockerfile.dockerignore').split('\n');
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.includes('src') && copied.includes('package-lock.json'));
    for (const path of copied) {
      assert.ok(existsSync(new URL(path, ROOT)), path);
      assert.ok(ignore.includes(`!${path}`), path);
    }
    assert.ok(ignore.includes('*') && ignore.includes('**/*.test.ts'));
  });

  it('does not run as root, keeps what it keeps in /data, and asks for its own health', () => {
    const last = lines.lastIndexOf('USER node');
    assert.ok(
      last > 0 && !lines.slice(last).some((line) => line.startsWith('USER ') && line !== 'USER node'),
    );
    assert.ok(lines.includes('VOLUME /data') && lines.includes(`EXPOSE ${PORT}`));
    const health = lines.find((line) => line.trim().startsWith('CMD ["node", "-e"')) ?? '';
    const [, , script = ''] = JSON.parse(health.trim().slice('CMD '.length)) as string[];
    assert.match(script, /\/healthz/);
    assert.doesNotThrow(() => new Function(script));
    assert.match(lines.join('\n'), /^ENTRYPOINT \["node", "\/app\/bin\/otpost"\]$/m);
  });
});

interface ComposeService {
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly stop_grace_period: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

describe('the compose file', () => {
  const { services } = parse(read('deploy/compose.yaml'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };

  it('runs two nodes on one PostgreSQL, each on a port of its own, with time to stop', () => {
    const nodes = Object.entries(services).filter(([name]) => name.startsWith('node-'));
    assert.deepEqual(
      nodes.flatMap(([, { ports = [] }]) => ports),
      [`127.0.0.1:${PORT}:${PORT}`, `127.0.0.1:${PORT + 1}:${PORT}`],
    );
    for (const [name, node] of nodes) {
      assertVariables(Object.keys(node.environment));
      assert.match(node.environment.OTPOST_DATABASE_URL ?? '', /@database:5432\/otpost$/, name);
      assert.ok(Number.parseInt(node.stop_grace_period, 10) >= STOP_SECONDS_MIN);
      assert.ok(existsSync(new URL(node.build?.dockerfile ?? 'none', ROOT)));
    }
    assert.ok('database' in services);
  });

  it('holds no secret: each comes from the environment, and none stops the start', () => {
    for (const name of ['OTPOST_SECRET', 'POSTGRES_PASSWORD']) {
      for (const [given] of read('deploy/compose.yaml').matchAll(new RegExp(`\\$\\{${name}[^}]*\\}`, 'g')))
        assert.match(given, /:\?/);
    }
  });
});

describe('the service of systemd', () => {
  const settings = read('deploy/systemd/otpost.service')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  const settingOf = (name: string) => settings.find(([key]) => key === name)?.[1] ?? '';

  it('starts what there is, and stops in the time that it needs', () => {
    const [program, script = '', command] = settingOf('ExecStart').split(' ');
    assert.deepEqual([program, command], ['/usr/bin/node', 'serve']);
    assert.ok(
      script.startsWith('/opt/otpost/') && existsSync(new URL(script.replace('/opt/otpost/', ''), ROOT)),
    );
    assert.ok(Number(settingOf('TimeoutStopSec')) >= STOP_SECONDS_MIN);
    assert.equal(settingOf('RestartPreventExitStatus'), '2');
  });

  it('may write to its own folder only', () => {
    assert.equal(settingOf('ProtectSystem'), 'strict');
    assert.equal(settingOf('DynamicUser'), 'yes');
    const environment = settings.filter(([key]) => key === 'Environment').map(([, value]) => value);
    assertVariables(environment.map((value) => value.slice(0, value.indexOf('='))));
    assert.ok(environment.includes(`OTPOST_DATA=/var/lib/${settingOf('StateDirectory')}`));
  });
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Pod {
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

describe('the Kubernetes manifests', () => {
  const manifest = <T>(name: string) => parse(read(`deploy/kubernetes/${name}.yaml`)) as T;
  const { spec } = manifest<{ spec: { replicas: number; template: { spec: Pod } } }>('deployment');
  const pod = spec.template.spec;
  const [container] = pod.containers;
  assert(container);

  it('ask for health where it is told, on the port that there is', async () => {
    const { app, telemetry } = createTestServer();
    addOpsRoutes(app, { checks: [], telemetry });
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      assert.ok(app.hasRoute({ method: 'GET', url: httpGet.path }), httpGet.path);
      assert.equal(httpGet.port, container.ports[0]?.name);
    }
    assert.equal(container.livenessProbe.httpGet.path, '/healthz');
    assert.equal(container.readinessProbe.httpGet.path, '/readyz');
    assert.equal(container.ports[0]?.containerPort, PORT);
    await app.close();
  });

  it('run two nodes with time to stop, and no variable of a service in the place of ours', () => {
    assert.equal(spec.replicas, 2);
    assert.ok(pod.terminationGracePeriodSeconds >= STOP_SECONDS_MIN + 5);
    assert.equal(pod.enableServiceLinks, false);
    assertVariables(container.env.map(({ name }) => name));
    for (const { name } of container.volumeMounts)
      assert.ok(pod.volumes.some((volume) => volume.name === name));
  });

  it('hold a config that is one, named where it is mounted, and secrets that cannot be used as they are', () => {
    const config = manifest<{ data: { 'otpost.yaml': string } }>('configmap').data['otpost.yaml'];
    const { stringData } = manifest<{ stringData: Record<string, string> }>('secret.example');
    assertVariables(Object.keys(stringData));
    assert.equal(parseMasterSecret(stringData.OTPOST_SECRET ?? '').ok, false);
    const [, path] =
      container.env.find(({ name }) => name === 'OTPOST_CONFIG')?.value.split('/etc/otpost/') ?? [];
    assert.equal(path, 'otpost.yaml');
    const env = { TWILIO_TOKEN: stringData.TWILIO_TOKEN };
    assert.equal(loadConfig(env, () => config, DEFINITIONS).carriers.length, 1);
  });
});
