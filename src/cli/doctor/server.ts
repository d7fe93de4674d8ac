/** Looks at the port: free, ours and well, or somebody else's. */
import { get } from 'node:http';
import { connect } from 'node:net';
import { toLocalUrl } from '../../app/local-url.ts';
import type { Config } from '../../config/config.ts';
import { isHandsetExposed } from '../../config/exposed-handset.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const TIMEOUT_MS = 3_000;
const REPLY_BYTES_MAX = 256 * 1024;

export interface ServerExamination {
  readonly findings: readonly Finding[];
  /** Whether a server of ours runs here, which then knows best how its carriers are. */
  readonly isRunning: boolean;
}

export async function examineServer(config: Config): Promise<ServerExamination> {
  const { host, port } = config;
  const exposed = examineExposure(config);
  if (port === 0 || !(await isTaken(host, port))) {
    return { findings: [ok('port', `${host}:${port} is free`), ...exposed], isRunning: false };
  }
  const report = await askReadiness(toLocalUrl(host, port));
  if (report === 'silent' || report === 'foreign') {
    const finding =
      report === 'silent'
        ? fail(
            'port',
            `something has ${host}:${port} and does not answer`,
            'a server that hangs: look at its process and log, and start it again; another program: set OTPOST_PORT',
          )
        : fail('port', `${host}:${port} is taken by another program`, 'end it, or set OTPOST_PORT');
    return { findings: [finding, ...exposed], isRunning: false };
  }
  const checks = report.checks.map(({ name, status, detail = status }) => {
    if (status === 'ok') return ok(name, 'up, says the running server');
    const say = status === 'failed' ? fail : warn;
    return say(name, detail, adviceFor(name, config));
  });
  return {
    findings: [ok('port', `a server answers on ${host}:${port}`), ...checks, ...exposed],
    isRunning: true,
  };
}

function adviceFor(name: string, { carriers }: Config): string {
  const carrier = carriers.find(({ id }) => name === `carrier ${id}`);
  return carrier
    ? `see docs/carriers/${carrier.kind}.md for what that means, and the log of the running server`
    : 'see docs/operating.md, “OtpostStoreDown”, and the log of the running server';
}

function examineExposure(config: Config): readonly Finding[] {
  if (!isHandsetExposed(config)) return [];
  return [
    warn(
      'handset',
      `anybody who reaches ${config.host} can read its messages`,
      'configure real carriers without a handset, or listen on 127.0.0.1',
    ),
  ];
}

function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const url = new URL(toLocalUrl(host, port));
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: TIMEOUT_MS });
    const end = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

interface Report {
  readonly checks: readonly { readonly name: string; readonly status: string; readonly detail?: string }[];
}

/** `silent`: no answer in time, as from a server that hangs. `foreign`: not one of ours. Loopback only, so it is none of the outbound requests that are guarded. */
function askReadiness(url: string): Promise<Report | 'silent' | 'foreign'> {
  return new Promise((resolve) => {
    const request = get(`${url}/readyz`, { timeout: TIMEOUT_MS }, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > REPLY_BYTES_MAX) request.destroy();
      });
      reply.on('end', () => resolve(readReport(text)));
    });
    request.on('timeout', () => {
      resolve('silent');
      request.destroy();
    });
    request.on('error', () => resolve('foreign'));
    request.on('close', () => resolve('foreign'));
  });
}

function readReport(text: string): Report | 'foreign' {
  try {
    const report = JSON.parse(text);
    return Array.isArray(report?.checks) ? report : 'foreign';
  } catch {
    return 'foreign';
  }
}
