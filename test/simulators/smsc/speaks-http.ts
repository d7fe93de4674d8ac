/** The port belongs to something else. */
import type { Misbehaviour } from './misbehaviour.ts';

export const speaksHttp: Misbehaviour = {
  name: 'speaks-http',
  what: 'answers the bind as a web server would',
  expected: { bind: 'unanswered', session: 'closes' },
  play: (wire) => {
    wire.onPdu(() => wire.sendRaw(Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')));
  },
};
