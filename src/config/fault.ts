/** What is wrong with the settings, by place; all of it at once, so that an operator corrects it in one go. */
export interface Fault {
  /** `OTPOST_PORT`, `carriers.main.port`, `routes[0].carriers[1]`, or a file with line and column. */
  readonly path: string;
  /** Follows the path in a line: `must be …`, `is missing`. Never holds a value that may be a secret. */
  readonly problem: string;
}

export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ path, problem }) => `${path}: ${problem}`).join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The path of a place within the config file. */
export function toPath(segments: readonly (string | number)[]): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`;
    const name = /^[\w-]+$/.test(segment) ? segment : JSON.stringify(segment);
    return path === '' ? name : `${path}.${name}`;
  }, '');
}
